"""How erasures and holds are asked for, for the test of all rights, about somebody who works."""

from tests.rights_matrix import Ask


def erasing(person_id: str) -> dict[str, list[Ask]]:
    """By operation; nobody is erased by it."""
    at, nothing = f"/v1/people/{person_id}", f"/v1/erasures/{person_id}"
    return {
        "POST /v1/people/{person_id}/erase": [Ask(f"{at}/erase", {"json": {}})],
        "POST /v1/people/{person_id}/hold": [Ask(f"{at}/hold", {"json": {"reason": "audit"}})],
        "POST /v1/people/{person_id}/release-hold": [Ask(f"{at}/release-hold")],
        "GET /v1/erasures": [Ask("/v1/erasures")],
        "POST /v1/erasures/{erasure_id}/confirm": [Ask(f"{nothing}/confirm")],
        "POST /v1/erasures/{erasure_id}/withdraw": [Ask(f"{nothing}/withdraw")],
    }
