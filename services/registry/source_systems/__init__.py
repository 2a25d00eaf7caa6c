"""Systems that people, posts and units come from, and which clients write as which of them."""
