"""Interventions on offer, and the limits of plans."""
