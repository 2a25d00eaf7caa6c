"""Plans and their activities: proposed, agreed, carried out, closed."""
