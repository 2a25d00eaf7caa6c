"""Files of people, posts, leavers and facilities sent to an instance from the command line."""
