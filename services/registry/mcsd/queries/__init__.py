"""Reads as FHIR: searches, single versions, histories."""
