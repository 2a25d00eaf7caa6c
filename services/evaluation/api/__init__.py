"""Evaluation over HTTP."""
