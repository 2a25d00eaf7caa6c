"""The whole stack on one machine, from wheels: PostgreSQL, nats-server, the services, a trace store."""
