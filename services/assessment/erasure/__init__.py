"""Erasure of people: what assessment has of them goes on under pseudonyms."""
