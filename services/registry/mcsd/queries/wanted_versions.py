"""Versions that a page asks for, as rows that versions are joined to."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine


def wanted_versions(pairs: Sequence[tuple[Any, int]], key: TypeEngine[Any]) -> sa.TableValuedAlias:
    """Pairs of a key of this type and a version as `key` and `version`, with the `place` of each, from 1 on."""
    keys = sa.cast([pair[0] for pair in pairs], ARRAY(key))
    versions = sa.cast([pair[1] for pair in pairs], ARRAY(sa.BigInteger))
    named = sa.column("key", key), sa.column("version", sa.BigInteger)
    listed = sa.func.unnest(keys, versions).table_valued(*named, with_ordinality="place", name="wanted")
    return listed.render_derived()
