"""Made-up people from small lists of invented and common names; nobody real is meant."""

from random import Random

from deploy.demo.model import Person

_FEMALE = (
    "Adela", "Bintu", "Celeste", "Dalia", "Esi", "Fanta", "Gloria", "Hawa", "Ines", "Josette", "Kadi", "Lucie",
    "Mariama", "Nadine", "Oumou", "Pauline", "Rokia", "Salome", "Tenin", "Yvonne",
)  # fmt: skip
_MALE = (
    "Abel", "Boubou", "Cyrille", "David", "Elie", "Fode", "Gaston", "Henri", "Issa", "Jonas", "Kofi", "Lamine",
    "Moussa", "Noel", "Omar", "Pascal", "Rene", "Sekou", "Tidiane", "Victor",
)  # fmt: skip
_FAMILY = (
    "Alkoru", "Bendari", "Calmouti", "Danfori", "Embassa", "Farokine", "Gandolo", "Hastiri", "Imbalou", "Jolimba",
    "Kasterou", "Lambiri", "Mondari", "Nassoko", "Okambi", "Pandoré", "Quembali", "Rassiko", "Sandobé", "Tamboli",
    "Ubangari", "Vendoko", "Wassari", "Yembolo", "Zandiko",
)  # fmt: skip
CADRES = {"A": ("physician", "public-health-specialist"), "I": ("nurse", "midwife", "clinical-officer")}
_B_CADRES = ("nurse", "midwife", "community-health-officer", "pharmacy-technician", "laboratory-technician")
_WOMEN = {"A": 0.35, "I": 0.45, "B": 0.6}  # share of women by level: what OC-09 is there to show


def person(random: Random, key: str, level: str, subject: str) -> Person:
    """One made-up person for a post of this level (B, I, A)."""
    female = random.random() < _WOMEN[level]
    youngest, oldest = {"A": (1962, 1980), "I": (1966, 1988), "B": (1968, 1998)}[level]
    return Person(
        key=key,
        given=random.choice(_FEMALE if female else _MALE),
        family=random.choice(_FAMILY),
        sex="female" if female else "male",
        birth_year=random.randint(youngest, oldest),
        cadre=random.choice(CADRES.get(level, _B_CADRES)),
        subject=subject,
    )
