"""The routes of events, by noun."""
