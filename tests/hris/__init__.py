"""A reference HRIS: small books of people, posts and units, and a simulated year sent through every face."""
