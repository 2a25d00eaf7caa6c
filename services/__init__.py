"""Steward's services. None imports another; they share `shared` and the events in `shared.events`."""
