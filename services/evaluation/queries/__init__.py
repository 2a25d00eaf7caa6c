"""What evaluation tells: catalogue, figures with small cells hidden, and the levels of a plan."""
