"""One API in front of the services.

Owns: nothing but the way: each resource under /v1 belongs to one service, which verifies the token again.
Publishes: nothing.
Consumes: nothing. It reads the dead-letter stream for operators, and the event feed for those who may.
"""
