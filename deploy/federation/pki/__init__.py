"""Keys, certificates and authorities of the links."""
