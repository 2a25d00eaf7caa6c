"""Records that may be of one person: found, explained, and decided by somebody who keeps both."""
