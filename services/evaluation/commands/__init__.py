"""What changes evaluation's state: events taken over, answers stored, figures kept."""
