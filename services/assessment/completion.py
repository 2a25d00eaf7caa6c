"""When an assessment may be scored (DOMAIN section 2, "What is what")."""

from collections.abc import Collection


def enough(answered: Collection[str], *, forced: bool) -> bool:
    """Whether the responses at hand can be scored; `answered` holds one category per response.

    Forced, that is when the cycle closes with raters still awaited, it takes the manager's or two
    responses by others. When nobody is awaited any more it also takes no more than the subject's
    own, whose score is then flagged unverified.
    """
    others = sum(category != "self" for category in answered)
    return "manager" in answered or others >= 2 or (not forced and "self" in answered)
