"""External ids that a list has had, in little memory."""

import random

from services.registry.imports.seen import Seen


def test_it_is_a_set():
    texts = [str(random.Random(3).random() * n % 977) for n in range(20_000)]
    seen, known = Seen(), set()
    for text in texts:
        assert (text in seen) == (text in known)
        assert seen.add(text) == (text not in known)
        known.add(text)
    assert len(seen) == len(known)
    assert "never" not in seen
