"""Why an activity is in a plan, and why a gap is not served (further), for machines and for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """An activity was chosen for `competency`, expected to close `gain` hundredths of its gap."""

    competency: str
    gain: int
    new_approach: bool  # the first of its approach in this plan
    also: tuple[str, ...]  # other addressed competencies it serves


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`left` hundredths of a gap stay without an activity; each one that would serve it meets one of `codes`.

    Codes: limit-activities, limit-days-away, limit-cost, one-approach, prerequisite, none-offered, beyond-top.
    """

    competency: str
    codes: tuple[str, ...]
    left: int


_LEFT_OUT = {
    "limit-activities": (
        "the plan has as many activities as it may have",
        "le plan compte autant d'activités qu'il peut en avoir",
    ),
    "limit-days-away": (
        "more days away from the post than allowed",
        "plus de jours d'absence du poste que permis",
    ),
    "limit-cost": (
        "more than the plan's budget",
        "au-delà du budget du plan",
    ),
    "one-approach": (
        "an approach that would take more than half of the plan",
        "une approche qui occuperait plus de la moitié du plan",
    ),
    "prerequisite": (
        "another activity would have to come first",
        "une autre activité devrait d'abord avoir lieu",
    ),
    "none-offered": (
        "the catalogue has nothing further for this competency at this level",
        "le catalogue n'offre rien de plus pour cette compétence à ce niveau",
    ),
    "beyond-top": (
        "three gaps with a higher priority come first",
        "trois écarts plus prioritaires passent d'abord",
    ),
}


def choice_view(choice: Choice) -> dict[str, object]:
    """The reason for an activity as it is stored and shown."""
    points = f"{choice.gain / 100:.2f}"
    english = f"Best worth for its effort on {choice.competency}, approaches blended;"
    english += f" expected to close {points} of the gap."
    french = f"Meilleur rapport utilité-effort pour {choice.competency}, approches équilibrées ;"
    french += f" devrait combler {points} de l'écart."
    if choice.also:
        others = ", ".join(choice.also)
        english += f" Also serves {others}."
        french += f" Sert aussi {others}."
    if choice.new_approach:
        english += " Adds an approach to the blend."
        french += " Ajoute une approche à l'ensemble."
    return {
        "code": "best-worth",
        "competency": choice.competency,
        "expected_gain": choice.gain,
        "new_approach": choice.new_approach,
        "also": list(choice.also),
        "text": {"en": english, "fr": french},
    }


def left_out_view(left_out: LeftOut) -> dict[str, object]:
    """The reason for a gap left open as it is stored and shown."""
    english, french = zip(*(_LEFT_OUT[code] for code in left_out.codes), strict=True)
    return {
        "competency": left_out.competency,
        "codes": list(left_out.codes),
        "gap_left": left_out.left,
        "text": {
            "en": f"Nothing further fits: {', or '.join(english)}.",
            "fr": f"Rien de plus ne convient : {', ou '.join(french)}.",
        },
    }
