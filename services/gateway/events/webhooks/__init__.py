"""Webhooks: events brought to an address, signed, until they are taken.

A subscription is a record in a key-value bucket of the broker and a durable consumer of the feed's stream. Nothing
is stored in a process: any replica goes on where another ended.
"""
