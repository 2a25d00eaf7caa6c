"""What the gateway does itself: files of local mode, and dead letters applied again."""
