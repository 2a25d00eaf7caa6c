"""What becomes of assessments and raters when two people turn out to be one, and when they are parted again."""
