"""The made-up country of Mandoria: country, regions, districts, facilities."""

from random import Random

from deploy.demo.model import Unit

ROOT = "MD"
_REGIONS = ("Northlake", "Southriver", "Eastplain", "Westhill")
_STEMS = (
    "Amber", "Bala", "Cora", "Dunda", "Elmi", "Fora", "Gama", "Hilo", "Imba", "Jana", "Kora", "Lomi", "Mara",
    "Nola", "Oru", "Pella", "Rombo", "Sira", "Toma", "Umbo", "Vela", "Wari", "Yala", "Zemba",
)  # fmt: skip
_ENDS = ("ville", "town", "bridge", "field", "ford", "market", "wells", "gate")
_OWNERS = ("public", "public", "public", "public", "faith-based", "non-governmental")


def country(
    *, regions: int = 4, districts: int = 4, centres: int = 4, posts: int = 6, seed: int = 1
) -> list[Unit]:
    """Units from the root down: one hospital, `centres` and `posts` in each district of each region."""
    random = Random(seed)
    places = [stem + end for stem in _STEMS for end in _ENDS]
    random.shuffle(places)
    units = [Unit(ROOT, "Mandoria", "country", "Ministry of Health", ownership="public")]
    for r in range(regions):
        region = Unit(f"{ROOT}-{r + 1}", _REGIONS[r], "region", "Regional Health Directorate", ROOT, "public")
        units.append(region)
        for d in range(districts):
            units.extend(_district(random, places, region, d + 1, centres, posts))
    return units


def _district(
    random: Random, places: list[str], region: Unit, number: int, centres: int, posts: int
) -> list[Unit]:
    code = f"{region.code}{number:02}"
    place = places.pop()
    latitude, longitude = round(random.uniform(4, 11), 4), round(random.uniform(-9, 3), 4)
    found = [Unit(code, f"{place} District", "district", "District Health Office", region.code, "public")]
    kinds = ["District Hospital"] + ["Health Centre"] * centres + ["Health Post"] * posts
    for n, kind in enumerate(kinds, start=1):
        name = place if n == 1 else places[(n * 7 + number) % len(places)]
        found.append(
            Unit(
                code=f"{code}{n:02}",
                name=f"{name} {kind}",
                level="facility",
                type=kind,
                parent=code,
                ownership="public" if n == 1 else random.choice(_OWNERS),
                rural=kind == "Health Post" or random.random() < 0.4,
                latitude=round(latitude + random.uniform(-0.3, 0.3), 4),
                longitude=round(longitude + random.uniform(-0.3, 0.3), 4),
            )
        )
    return found
