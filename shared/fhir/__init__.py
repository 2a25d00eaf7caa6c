"""What services and gateway share of FHIR R4: formats, XML, OperationOutcome."""
