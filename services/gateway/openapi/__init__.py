"""One API document from those of all services."""
