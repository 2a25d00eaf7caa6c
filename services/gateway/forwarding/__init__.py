"""Requests that belong to one service, passed on to it."""
