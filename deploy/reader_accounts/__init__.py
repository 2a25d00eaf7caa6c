"""The process that holds the accounts of readers over NATS: it makes and revokes them, and nobody else does."""
