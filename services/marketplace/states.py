"""The states of a licence (marketplace.md, section 5), and which of several says most of a prospect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """`rank`: the smaller, the more it says of a prospect. `is_over`: nothing runs any more."""

    rank: int
    is_over: bool = False
    is_customer: bool = False


STATES = {
    "renewed": State(0, is_customer=True),
    "won": State(1, is_customer=True),
    "past_due": State(2, is_customer=True),
    "cancelling": State(3, is_customer=True),
    "extended": State(4),
    "evaluating": State(5),
    "grace": State(6),
    "cancelled": State(7),
    "pending_licence": State(8),
    "churned": State(9, is_over=True),
    "refunded": State(10, is_over=True),
    "lost_cancelled": State(11, is_over=True),
    "lost_expired": State(12, is_over=True),
    "free": State(13),
    "unknown_type": State(14),
}


def best(states: list[str]) -> str:
    """The state of a prospect: the best over its licences."""
    return min(states, key=lambda state: STATES[state].rank, default="pending_licence")
