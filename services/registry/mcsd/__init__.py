"""FHIR R4 at /fhir/r4: the directory of IHE Mobile Care Services Discovery (mCSD) over registry's own records."""
