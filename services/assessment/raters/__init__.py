"""Who is asked to rate whom, and what they do with the request."""
