"""Events between services: outbox and relay on the way out, subscriptions and inbox on the way in."""
