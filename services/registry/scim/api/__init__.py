"""SCIM over HTTP: resources, what the service provider announces, and how its errors read."""
