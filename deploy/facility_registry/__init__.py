"""Units kept in step with a national facility registry that speaks mCSD: `steward mcsd pull`."""
