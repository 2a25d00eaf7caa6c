"""Erasure of people: what planning has of them goes on under pseudonyms."""
