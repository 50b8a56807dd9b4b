"""What colleagues tell each other about a person, and whom to tell about the end of support."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.looks import LANGS, TELEPHONE, Lang, Site, complaints, in_frame, overhang, window

WORDS = "Prefers a call.\n<script>window.hit = 1</script>"
ENDING: dict[Lang, str] = {
    "en": "Whom to tell about the end of support",
    "fr": "Qui prévenir d’une fin de support",
}


def test_a_note_is_written_read_and_deleted(browser: Browser, site: Site) -> None:
    with window(browser) as context:
        page = context.new_page()
        page.goto(site.host("/jira", query=f"module=prospect&ac.id={site.evaluators[1]}"))
        frame = in_frame(page, site)
        frame.get_by_label("What should colleagues know?").fill(WORDS)
        frame.get_by_role("button", name="Add the note").press("Enter")
        note = frame.locator(".note")
        expect(note).to_have_text(WORDS)
        assert complaints(frame) == [] and not frame.evaluate("'hit' in window")
        frame.get_by_role("button", name="Delete the note").press("Enter")
        expect(frame.get_by_text("Delete this note for good?")).to_be_visible()
        frame.locator(".confirm [data-yes]").press("Enter")
        expect(note).to_have_count(0)


def test_whom_to_tell_is_reached_from_the_dashboards(browser: Browser, site: Site) -> None:
    assert site.case
    for lang in LANGS:
        with window(browser, lang) as context:
            page = context.new_page()
            page.goto(site.host("/jira", lang))
            frame = in_frame(page, site)
            frame.locator("[data-sections] a[data-section=dashboards]").click()
            frame.get_by_role("link", name=ENDING[lang]).click()
            expect(frame.get_by_role("heading", level=1)).to_have_text(ENDING[lang])
            expect(frame.locator("tbody")).to_contain_text(site.case)
            assert complaints(frame) == []
            page.set_viewport_size(TELEPHONE)
            assert overhang(frame) == 0
