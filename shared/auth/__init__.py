"""Who calls: bearer tokens of any OIDC issuer, verified, and the caller they name."""
