"""Where programs get access tokens: the way to registry's token endpoint, and the metadata that names it."""
