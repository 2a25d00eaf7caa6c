"""A made-up country with history, a loader for published facility lists, and the main loop as a script.

Everything goes through the gateway's HTTP API; nothing here reads or writes a database.
"""
