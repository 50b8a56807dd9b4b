"""What people write into a case counts as what they attach does, and only while it stands there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.support import ConfigSnapshot
from services.support.texts import MAX_COMMENTS, texts_of
from tests.contracts import contract
from tests.support.test_panel import NOW, Panel, shown, with_zip  # noqa: F401 - a fixture is found by its name


def adf(*lines: str) -> dict[str, Any]:
    text = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": text}


def comment(number: int, *lines: str, day: int = 21) -> dict[str, Any]:
    return {"id": str(number), "body": adf(*lines), "created": f"2026-11-{day}T10:00:00.000+0000"}


def told(panel: Panel) -> dict[str, Any]:
    panel.refresh()
    found: dict[str, Any] = panel.fragment(Accept="application/json").json
    return found


def versions(found: dict[str, Any]) -> dict[str, str]:
    return {kind: item["version"] for kind, item in found["configuration"].items()}


SYSTEM_INFO = "paste/jira-system-info-en.txt"


def test_a_pasted_system_info_is_read_from_the_description(shown: Panel) -> None:  # noqa: F811
    shown.site.fields = {"description": adf(*contract(f"support/{SYSTEM_INFO}").read_text().split("\n"))}
    found = told(shown)
    assert found["configuration"]["product"]["name"] == "Jira" and found["configuration"]["database"]["version"]
    assert [(file["name"], file["status"]) for file in found["files"]] == [("description", "parsed")]
    page = shown.fragment(**{"Accept-Language": "fr"}).text
    assert "Description" in page and "À noter" in page


def test_comments_and_environment_count_and_what_tells_nothing_leaves_no_trace(shown: Panel) -> None:  # noqa: F811
    shown.site.fields = {
        "description": adf("It is slow since 10.30 this morning."),
        "environment": "Confluence 9.2.1\nPostgreSQL 15.6",
        "comment": {"comments": [comment(7, "Thank you!"), comment(8, "Java version: 17.0.11")]},
    }
    found = told(shown)
    assert versions(found) == {"product": "9.2.1", "database": "15.6", "jvm": "17.0.11"}
    assert {file["name"] for file in found["files"]} == {"environment", "comment"}


def test_a_changed_text_is_read_again_and_a_deleted_one_counts_no_longer(shown: Panel) -> None:  # noqa: F811
    shown.site.fields = {"description": adf("Confluence version 9.2.1")}
    assert versions(told(shown)) == {"product": "9.2.1"}
    shown.site.fields = {"description": adf("Confluence version 9.2.3")}
    assert versions(told(shown)) == {"product": "9.2.3"}
    shown.site.fields = {"description": adf("Never mind.")}
    found = told(shown)
    assert (found["state"], found["files"][0]["gone"]) == ("empty", True)
    shown.site.fields = {"description": adf("Confluence version 9.2.3")}
    assert versions(told(shown)) == {"product": "9.2.3"}


def test_a_sentence_does_not_outweigh_a_file(shown: Panel) -> None:  # noqa: F811
    later = comment(9, "We run Confluence 7.19.1 on Java 11 at our other site, we think.", day=22)
    shown.site.fields = {"comment": {"comments": [later]}}
    with_zip(shown)
    assert versions(told(shown))["product"] == "8.5.12"


def test_a_text_that_did_not_change_is_not_read_twice(shown: Panel, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from services.support import cases

    shown.site.fields = {"description": adf("Confluence version 9.2.1")}
    told(shown)
    monkeypatch.setattr(cases, "read_file", None)
    told(shown)
    with shown.parts.database.read() as session:
        row = session.scalars(select(ConfigSnapshot)).one()
        assert (row.source, row.attachment_id, row.gone_at) == ("jira-text", "description", None)


def test_secrets_in_a_text_are_redacted(shown: Panel) -> None:  # noqa: F811
    shown.site.fields = {
        "description": adf("Confluence 9.2.1", "Database: jdbc:postgresql://db.corp/x?password=hunter2hunter2")
    }
    found = told(shown)
    assert "hunter2" not in str(found) and found["configuration"]["product"]["version"] == "9.2.1"


@pytest.mark.parametrize(
    "fields",
    [
        None, [], {}, {"description": 7}, {"description": {"type": "doc"}}, {"comment": {"comments": "x"}},
        {"comment": {"comments": [None, {"id": "../../x", "body": "9.2.1"}, {"id": "1" * 30, "body": "9.2.1"}]}},
        {"description": "9.2.1 " * 200_000},
    ],
)  # fmt: skip
def test_odd_fields_give_no_text(fields: Any) -> None:
    assert texts_of({"fields": fields}, NOW) == []


def test_of_many_comments_the_newest_are_read() -> None:
    comments = [{"id": str(number), "body": "9.2.1"} for number in range(MAX_COMMENTS + 5)]
    found = texts_of({"fields": {"comment": {"comments": comments}}}, NOW)
    assert [one.id for one in found][-1] == f"comment-{MAX_COMMENTS + 4}" and len(found) == MAX_COMMENTS
