"""What can be sent as a list; apart from what sends it, so that `steward` is read without loading aiohttp."""

KINDS = ("people", "posts", "leavers", "facilities", "established-posts", "post-norms", "staffing-minimums")
