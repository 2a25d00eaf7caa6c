"""How services talk: settings, database, outbox, consumers, telemetry, errors, access, published events."""
