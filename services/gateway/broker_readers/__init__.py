"""Readers over NATS: made and revoked by administrators, held by a process of their own beside the broker."""
