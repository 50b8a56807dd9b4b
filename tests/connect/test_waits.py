"""What the headers of an answer order."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from connect.outcomes import failure
from connect.waits import reason_of, retry_after, wait_of

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("999999999", 86_400),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 5_000, None),
        ("", None),
        (None, None),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "X-RateLimit-Reset": "2026-09-21T15:00:00Z"}, 7),
        ({"X-RateLimit-Reset": "2026-09-21T15:00:00Z"}, 2_800),
        ({"X-RateLimit-Reset": "2026-09-21T15:00Z"}, 2_800),
        ({"X-RateLimit-Reset": "2026-09-21T17:00+02:00"}, 2_800),
        ({"X-RateLimit-Reset": "2026-09-21T15:00:00"}, 2_800),
        ({"X-RateLimit-Reset": "2036-01-01T00:00Z"}, 86_400),
        ({"X-RateLimit-Reset": "2026-09-21T14:00Z"}, None),
        ({"X-RateLimit-Reset": "1790000100"}, None),
        ({"X-RateLimit-Reset": "9999-99-99T00:00Z"}, None),
        ({"X-RateLimit-Reset": "0001-01-01T00:00+14:00"}, None),
        ({"RateLimit": '"jira-burst-based";r=90;t=1, "global-app-quota";r=0;t=50'}, 50),
        ({"RateLimit": '"global-app-quota";r=0;t=99999999999'}, None),
        ({"RateLimit": '"global-app-quota";t=50'}, None),
        ({"RateLimit": '"' * 100_000}, None),
        ({"Beta-Retry-After": "50", "X-Beta-RateLimit-Reset": "2026-09-21T15:00Z"}, None),
        ({"Beta-RateLimit": '"global-app-quota";r=0;t=50'}, None),
        ({}, None),
    ],
)
def test_how_long_a_limit_holds(headers: dict[str, str], seconds: int | None) -> None:
    assert wait_of(headers, NOW) == seconds
    assert failure(429, headers, b"", NOW).retry_after == seconds


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"RateLimit-Reason": " Jira-Quota-Global-Based"}, "jira-quota-global-based"),
        ({"RateLimit": '"jira-burst-based";r=5;t=1,"tenant-app-quota";r=0;t=50'}, "tenant-app-quota"),
        ({"Beta-RateLimit": '"tenant-app-quota";r=0;t=50', "X-Beta-RateLimit-Reason": "jira-burst-based"}, ""),
        ({}, ""),
    ],
)
def test_which_limit_it_is(headers: dict[str, str], reason: str) -> None:
    assert reason_of(headers) == reason


def test_a_reset_means_nothing_outside_a_429() -> None:
    assert failure(503, {"X-RateLimit-Reset": "2026-09-21T15:00Z"}, b"", NOW).retry_after is None
