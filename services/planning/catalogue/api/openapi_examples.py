"""Examples of interventions and limits for the OpenAPI document."""

from typing import Any

LIMITS: dict[str, Any] = {"days_away": 8, "cost": 1000, "activities": 2, "horizon_days": 120}

INTERVENTION: dict[str, Any] = {
    "code": "WL-01",
    "name": {"en": "Mentoring for new supervisors", "fr": "Mentorat des nouveaux superviseurs"},
    "description": {
        "en": "Fortnightly meetings for six months with an experienced ward or facility manager",
        "fr": "Rencontres toutes les deux semaines pendant six mois avec un cadre expérimenté",
    },
    "approach": "workplace-learning",
    "delivery": "workplace",
    "levels": ["B"],
    "competencies": [
        {"code": "CO", "gain": 25},
        {"code": "HR", "gain": 20},
        {"code": "PL", "gain": 15},
    ],
    "hours": 24,
    "days_away": 0,
    "cost": 160,
    "languages": ["en", "fr"],
    "prerequisites": [],
}
