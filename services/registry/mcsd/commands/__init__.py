"""What comes in as FHIR, turned into the commands that every other door calls."""
