"""How services talk: settings, database, outbox, consumers, broker, telemetry, errors, access, and the published events."""
