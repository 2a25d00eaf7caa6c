"""The events over HTTP: a feed with cursors, the same as server-sent events, and webhooks."""
