"""Bulk loads with a line-by-line report: good lines stand, wrong ones are listed, repeats change nothing."""
