"""What readers of events are shown: judged here, for the feed and webhooks of the gateway."""
