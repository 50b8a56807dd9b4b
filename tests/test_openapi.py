"""The request checker must itself refuse what the official APIs would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.openapi import check

PAGE = {"spaceId": "7", "status": "current", "title": "T", "body": {"representation": "storage", "value": "<p/>"}}
GOOD: list[tuple[str, str, str, object | None]] = [
    ("confluence-v2", "GET", "/wiki/api/v2/pages/12?status=current,trashed&body-format=storage", None),
    ("confluence-v2", "POST", "/wiki/api/v2/pages", PAGE),
    ("confluence-v2", "PUT", "/wiki/api/v2/pages/1/properties/2", {"key": "k", "value": 1, "version": {"number": 2}}),
    ("confluence-v1", "POST", "/wiki/rest/api/content/1/label", [{"prefix": "global", "name": "n"}]),
    ("jira-v3", "GET", "/rest/api/3/issue/CASE-1?fields=summary&fields=attachment", None),
    ("jira-v3", "GET", "/rest/api/3/attachment/content/5?redirect=false", None),
]
BAD: list[tuple[str, str, str, str, object | None]] = [
    ("no such path", "jira-v3", "GET", "/rest/api/3/nothing", None),
    ("is not an operation", "jira-v3", "PUT", "/rest/api/3/user/groups?accountId=a", None),
    ("unknown query", "jira-v3", "GET", "/rest/api/3/user/groups?accountId=a&limit=3", None),
    ("missing query", "jira-v3", "GET", "/rest/api/3/user/groups", None),
    ("redirect", "jira-v3", "GET", "/rest/api/3/attachment/content/5?redirect=no", None),
    ("body-format", "confluence-v2", "GET", "/wiki/api/v2/pages/12?body-format=none", None),
    ("status", "confluence-v2", "GET", "/wiki/api/v2/spaces/1/pages?status=any", None),
    ("property-id", "confluence-v2", "PUT", "/wiki/api/v2/pages/1/properties/my.key", {"key": "my.key"}),
    ("body is missing", "confluence-v2", "POST", "/wiki/api/v2/pages", None),
    ("takes no body", "confluence-v2", "GET", "/wiki/api/v2/pages/12", {}),
    ("spaceId", "confluence-v2", "POST", "/wiki/api/v2/pages", {"title": "T"}),
    ("version", "confluence-v2", "PUT", "/wiki/api/v2/pages/1", PAGE | {"id": "1"}),
    ("accountIds", "jira-v3", "POST", "/rest/api/3/permissions/check", {"accountIds": "a"}),
]


@pytest.mark.parametrize(("spec", "method", "url", "body"), GOOD)
def test_takes_what_the_api_takes(spec: str, method: str, url: str, body: Any) -> None:
    check(spec, method, url, body)


@pytest.mark.parametrize(("reason", "spec", "method", "url", "body"), BAD)
def test_refuses_what_the_api_refuses(reason: str, spec: str, method: str, url: str, body: Any) -> None:
    with pytest.raises(AssertionError, match=reason):
        check(spec, method, url, body)
