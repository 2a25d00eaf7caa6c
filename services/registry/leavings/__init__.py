"""Why people leave a post or the service, and where they go: coded, so that it can be counted."""
