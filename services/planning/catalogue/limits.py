"""What one plan may take of a person's time and of a budget."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one plan may take: days away from the post, cost, activities, and days until the last is due."""

    days_away: int = 10
    cost: int = 1500
    activities: int = 6
    horizon_days: int = 150
