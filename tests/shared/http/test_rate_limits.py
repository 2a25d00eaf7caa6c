"""A quota that comes back evenly, for many keys in bounded room."""

from hypothesis import given
from hypothesis import strategies as st

from shared.http.rate_limits import RateLimits


def test_a_whole_quota_at_once_then_evenly():
    limits = RateLimits(window=60)
    assert [limits.take("a", 3, 100.0).remaining for _ in range(3)] == [2, 1, 0]
    refused = limits.take("a", 3, 100.0)
    assert (refused.allowed, refused.next_in, refused.full_in) == (False, 20.0, 60.0)
    assert not limits.take("a", 3, 119.9).allowed
    assert limits.take("a", 3, 120.0).allowed
    assert limits.take("b", 3, 120.0).remaining == 2, "others have their own"


def test_a_look_takes_nothing():
    limits = RateLimits()
    limits.take("a", 1, 0.0)
    assert [limits.look("a", 1, moment).allowed for moment in (0.0, 59.0, 60.0)] == [False, False, True]
    assert limits.look("new", 1, 0.0).allowed


def test_room_is_bounded_and_the_longest_unseen_goes_first():
    limits = RateLimits(most=2)
    for key in ("a", "b", "a", "c"):
        limits.take(key, 2, 0.0)
    assert [limits.look(key, 2, 0.0).remaining for key in "abc"] == [0, 2, 1]


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=150))
def test_no_window_has_more_than_twice_a_quota(quota, pauses):
    """GCRA: a burst, and what came back meanwhile; what it says of the rest is true."""
    limits, now, allowed = RateLimits(window=60), 0.0, []
    for pause in pauses:
        now += pause
        said = limits.look("a", quota, now)
        taken = limits.take("a", quota, now)
        assert taken.allowed == said.allowed
        if taken.allowed:
            allowed.append(now)
            assert taken.remaining == said.remaining - 1
    for start in allowed:
        assert sum(start <= moment < start + 60 for moment in allowed) <= 2 * quota
