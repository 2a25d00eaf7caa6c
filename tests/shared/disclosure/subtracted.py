"""A reader of one release who subtracts the people of published cells from one another, without the engine."""

from collections.abc import Mapping


def empty_shown(
    people: Mapping[str, int | None], parents: Mapping[str, str | None], staffed: set[str], smallest: int
) -> str | None:
    """A published cell in which, less the published ones below, too few people count, though some could."""
    for unit, count in people.items():
        if count is None:
            continue
        left, possible = count, unit in staffed
        waiting = [part for part, above in parents.items() if above == unit]
        while waiting:
            part = waiting.pop()
            if people[part] is not None:
                left -= people[part]
            else:
                possible = possible or part in staffed
                waiting += [below for below, above in parents.items() if above == part]
        if possible and left < smallest:
            return unit
    return None
