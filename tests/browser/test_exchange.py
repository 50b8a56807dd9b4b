"""What Atlassian is given of a case: put together by one, approved by another, sent by the worker, saved by either."""

from __future__ import annotations

import json

from playwright.sync_api import Frame, Page, expect

from sandbox.stack import wait_for
from tests.browser.looks import TELEPHONE, THEMES, Site, complaints, in_frame, overhang, turn


def exchange(page: Page, site: Site, account: str) -> Frame:
    """The page of the menu, as one of staff opens it."""
    page.goto(site.host("/jira", "en", f"account={account}"))
    frame = in_frame(page, site)
    frame.get_by_role("navigation", name="Fairtrial").get_by_role("link", name="Exchange with Atlassian").click()
    expect(frame.locator("[data-view=exchange]")).to_be_visible()
    return frame


def require_sound(page: Page, frame: Frame) -> None:
    """In both themes, and on a telephone."""
    size = page.viewport_size
    for theme in THEMES:
        turn(page, theme, host=True)
        assert complaints(frame, theme) == []
    turn(page, "light", host=True)
    page.set_viewport_size(TELEPHONE)
    assert overhang(frame) == 0
    assert size is not None
    page.set_viewport_size(size)


def test_two_of_staff_hand_a_package_over_and_it_arrives_as_it_was_shown(page: Page, site: Site) -> None:
    frame = exchange(page, site, "alice")
    frame.get_by_text("Build a package", exact=True).click()
    frame.get_by_label("Key of the case").fill(site.case)
    frame.get_by_label("What Atlassian is asked").fill("Pourquoi est-ce lent ?\nSince the upgrade.")
    frame.get_by_label("Apps").check()
    frame.get_by_role("button", name="Build it").click()
    expect(frame.get_by_text("Jira hides the address")).to_be_visible()
    require_sound(page, frame)
    frame.get_by_label("Address of whoever reported it").fill("carol@kunde.example")
    frame.get_by_role("button", name="Build it").click()
    frame.get_by_role("link", name="See what would leave").click()
    shown = frame.locator("pre")
    expect(shown).to_contain_text('"product"')
    expect(frame.get_by_text("somebody else of staff has to approve it")).to_be_visible()
    frame = exchange(page, site, "olivia")
    frame.get_by_role("rowheader").get_by_role("link", name=site.case).first.click()
    text = frame.locator("pre").text_content() or ""
    assert json.loads(text)["question"] == "Pourquoi est-ce lent ?\nSince the upgrade."
    require_sound(page, frame)
    frame.get_by_role("button", name="Approve").click()
    frame.get_by_role("button", name="Yes, do it").click()
    frame.get_by_role("button", name="Send it").click()
    frame.get_by_role("button", name="Yes, do it").click()
    expect(frame.get_by_role("button", name="Keep the key")).to_be_visible()
    wait_for("the request", lambda: site.journey.atlassian.get("/state/desk-requests"))
    frame = exchange(page, site, "alice")
    # The worker has an end to write down, too.
    for _ in range(20):
        if frame.get_by_text("Handed over", exact=True).is_visible():
            break
        frame = exchange(page, site, "alice")
    frame.get_by_role("rowheader").get_by_role("link", name=site.case).first.click()
    with page.expect_download() as saved:
        frame.get_by_role("button", name="Save the file").click()
    assert saved.value.path().read_text(encoding="utf-8") == text
    [request] = site.journey.atlassian.get("/state/desk-requests")
    assert [file["text"] for file in request["files"]] == [text]
    assert frame.get_by_label("Key of the case at Atlassian").input_value() == request["key"]
    require_sound(page, frame)
