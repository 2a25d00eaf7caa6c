"""Who calls: OIDC access tokens, verified by the gateway and again by every service."""
