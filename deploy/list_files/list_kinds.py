"""What can be sent as a list; apart from what sends it, so that `steward` is read without loading aiohttp."""

from typing import Literal, get_args

KINDS = ("people", "posts", "leavers", "facilities", "established-posts", "post-norms", "staffing-minimums")
SUFFIX = ".age"  # of a list that is sealed for one region
SplitKind = Literal[
    "people", "posts", "leavers", "facilities"
]  # what a national file can be parted by region
SPLIT_KINDS: tuple[SplitKind, ...] = get_args(SplitKind)
