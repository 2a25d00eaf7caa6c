"""SCIM 2.0 (RFC 7643, RFC 7644): people and posts as identity systems and HRIS send them."""
