"""What `make client` makes from the OpenAPI document."""
