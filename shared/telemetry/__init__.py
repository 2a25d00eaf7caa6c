"""Traces, logs and metrics, none of which carries a personal datum."""
