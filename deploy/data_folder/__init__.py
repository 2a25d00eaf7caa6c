"""The folder of a local stack: its settings, what is stored in it, the key of its development issuer."""
