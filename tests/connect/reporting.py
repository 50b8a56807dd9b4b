"""What a scripted Marketplace says, and a clock for whoever waits for it."""

from __future__ import annotations

from typing import Any

from tests.connect.server import Reply

ROWS = [{"addonKey": "eu.example.fair", "tier": "10 Users", "price": 1.5}, {"addonKey": "eu.example.fair", "note": "é"}]
ID = "638035ff-ef0f-412b-addd-8bf144bcdfa1"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def started(**links: Any) -> Reply:
    return Reply(200, {"export": {"id": ID}, "_links": links})


def status(name: str) -> Reply:
    return Reply(200, {"export": {"id": ID, "status": name}})
