"""Streams, durable consumers and readers from outside, made on the broker."""
