"""Check-ins 30, 90 and 180 days after a plan's latest activity."""
