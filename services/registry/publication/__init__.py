"""What registry publishes: changes into the outbox, and everything at once for rebuilds."""
