"""Erasure of people: what evaluation has of them goes on under pseudonyms."""
