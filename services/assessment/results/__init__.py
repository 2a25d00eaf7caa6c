"""Assessments from their opening to their results."""
