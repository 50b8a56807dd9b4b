"""A customer attaches another configuration to a case: it arrives in the panel, in Jira's search and in the fleet."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import requests

from sandbox.journey import TIMEOUT, Journey
from sandbox.sample_zip import APPLICATION
from sandbox.stack import wait_for

pytestmark = pytest.mark.timeout(300)

# Fewer customers than three are told by no figure.
CUSTOMERS = ("carol", "alice", "bob")
BEFORE, AFTER = "8.5.19", "9.2.3"
OLD_APP, NEW_APP = "4.2.1", "5.0.0"


def support_zip(product: str, app: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        text = APPLICATION.replace(BEFORE, product).replace(OLD_APP, app)
        archive.writestr("application-properties/application.xml", text)
    return file.getvalue()


def sent(journey: Journey, path: str, content: bytes, **form: str) -> dict[str, Any]:
    """A form as the customer's browser sends it."""
    url, files = f"{journey.stack.sandbox_url}/_sandbox{path}", {"attachment": ("support.zip", content)}
    answer = requests.post(url, data=form, files=files, timeout=TIMEOUT)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def panel(journey: Journey, case: dict[str, Any], version: str) -> dict[str, Any]:
    def shown() -> dict[str, Any] | None:
        found = journey.alice.panel(case)
        known = (found.get("configuration") or {}).get("product") or {}
        return found if known.get("version") == version else None

    return wait_for(f"the panel with {version}", shown)


def await_index(journey: Journey, case: dict[str, Any], version: str) -> None:
    """Until Jira's search finds the case by this version."""

    def is_found() -> bool:
        found = journey.atlassian.get(f"/cases/{case['key']}")["properties"].get("fairtrial.configuration", {})
        return bool(found.get("productVersion") == version)

    wait_for(f"the property with {version}", is_found)


def products(journey: Journey) -> dict[str, int]:
    found = journey.alice.call("GET", "/staff/api/dashboards").json()["fleet"]["product"]
    return {f"{row['name']} {row['cycle']}": row["customers"] for row in found}


def test_a_changed_attachment_arrives_in_panel_property_and_fleet(journey: Journey) -> None:
    journey.install()
    cases = [sent(journey, "/cases", support_zip(BEFORE, OLD_APP), reporter=who, summary="Slow") for who in CUSTOMERS]
    for case in cases:
        assert panel(journey, case, BEFORE)["since_last"] is None
        await_index(journey, case, BEFORE)
    assert products(journey) == {"Confluence 8.5": 3}

    for case, who in zip(cases, CUSTOMERS, strict=True):
        sent(journey, f"/cases/{case['key']}/attachments", support_zip(AFTER, NEW_APP), account=who)
    for case in cases:
        changes = panel(journey, case, AFTER)["since_last"]["changes"]
        told = {(change["name"], change["before"], change["after"]) for change in changes}
        assert told == {("Confluence", BEFORE, AFTER), ("Tableaux for Confluence", OLD_APP, NEW_APP)}
        await_index(journey, case, AFTER)
    assert products(journey) == {"Confluence 9.2": 3}
