"""The life of a request as a state machine: what may follow what. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from models.rights import RequestState as S

TRANSITIONS: Mapping[S, frozenset[S]] = {
    S.RECEIVED: frozenset({S.IDENTITY_CHECK, S.ACCEPTED, S.REFUSED, S.WITHDRAWN, S.DUPLICATE}),
    S.IDENTITY_CHECK: frozenset({S.AWAITING_INFORMATION, S.ACCEPTED, S.REFUSED, S.WITHDRAWN, S.DUPLICATE}),
    S.AWAITING_INFORMATION: frozenset({S.IDENTITY_CHECK, S.ACCEPTED, S.REFUSED, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.PLANNED, S.IN_PROGRESS, S.REFUSED, S.WITHDRAWN}),
    S.PLANNED: frozenset({S.PLANNED, S.IN_PROGRESS, S.REFUSED, S.WITHDRAWN}),
    S.IN_PROGRESS: frozenset({S.FULFILLED, S.PARTLY_FULFILLED, S.REFUSED}),
    S.FULFILLED: frozenset(),
    S.PARTLY_FULFILLED: frozenset(),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.DUPLICATE: frozenset(),
}
CLOSED = frozenset(state for state, following in TRANSITIONS.items() if not following)
# Whose identity is settled, so that their data may be touched.
CLEARED = frozenset({S.ACCEPTED, S.PLANNED, S.IN_PROGRESS})


class WrongStateError(Exception):
    """This can't follow the state of the request. The message says what the state is."""


def check(before: str, after: S) -> None:
    """`WrongStateError` unless `after` may follow `before`."""
    if after not in TRANSITIONS[S(before)]:
        raise WrongStateError(f"a request that is {before} can't become {after.value}")
