"""Documents made from code: events, problems, rights and settings; and what may change in them."""
