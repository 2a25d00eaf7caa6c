"""The FHIR interactions over HTTP: routes, formats, outcomes; no logic."""
