"""Erasure of a person: what every service does when registry says that somebody is to be forgotten.

Figures stay as they were, so rows about the person stay too, under a pseudonym that leads nowhere. What names
them, or was answered and sent about them, is deleted.
"""
