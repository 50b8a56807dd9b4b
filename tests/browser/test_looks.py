"""Every page in both languages and both themes: axe finds nothing, a telephone shows it whole; some are pictured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from tests.browser.looks import (
    LANGS,
    TELEPHONE,
    THEMES,
    Lang,
    Site,
    complaints,
    in_frame,
    overhang,
    picture,
    turn,
    window,
)

# Opens a page, and gives the documents in it that are looked at.
Opener = Callable[[Page, Site, Lang], list[Page | Frame]]
DATA, REFUSAL = "[data-view]", "[role=alert]"


def framed(address: str, ready: str = DATA) -> Opener:
    """A page of the app in the sandbox's Jira. `{case}` and `{prospect}` stand for the seeded ones."""

    def open_(page: Page, site: Site, lang: Lang) -> list[Page | Frame]:
        path, _, query = address.format(case=site.case, prospect=site.evaluators[0]).partition("?")
        page.goto(site.host(path, lang, query))
        return [page, in_frame(page, site, ready)]

    return open_


def organisation(page: Page, site: Site, lang: Lang) -> list[Page | Frame]:
    """The organisation of the seeded prospect, by the link on their page."""
    page_, frame = framed("/jira?module=prospect&ac.id={prospect}")(page, site, lang)
    assert isinstance(frame, Frame)
    frame.locator("[aria-labelledby=identity] a").click()
    frame.locator("[data-view=organisation]").wait_for()
    return [page_, frame]


def alone(address: Callable[[Site, Lang], str]) -> Opener:
    """A page on its own."""

    def open_(page: Page, site: Site, lang: Lang) -> list[Page | Frame]:
        page.goto(address(site, lang))
        return [page]

    return open_


SANDBOX: dict[str, Opener] = {
    "sandbox-front": alone(lambda site, lang: site.host("/", lang)),
    "prospects": framed("/jira"),
    "prospect": framed("/jira?module=prospect&ac.id={prospect}"),
    "organisation": organisation,
    "refusal": framed("/jira?account=bob", REFUSAL),
    "panel": framed("/jira/browse/{case}"),
    "confluence-policy": alone(lambda site, lang: site.host(site.wiki_pages[lang], lang)),
}
PUBLIC: dict[str, Opener] = {
    "policy": alone(lambda site, lang: f"{site.app}/policy/{lang}"),
    "policy-changes": alone(lambda site, lang: f"{site.app}/policy/{lang}/changes"),
    "choices": alone(lambda site, lang: site.choices),
    "choices-done": alone(lambda site, lang: site.objected),
    "unsubscribe": alone(lambda site, lang: site.unsubscribe),
    "consent-confirm": alone(lambda site, lang: f"{site.confirm}?lang={lang}"),
    "rights-request": alone(lambda site, lang: f"{site.app}/privacy/request?lang={lang}"),
    "rights-request-sent": alone(lambda site, lang: f"{site.app}/privacy/request?lang={lang}&sent=1"),
    "nothing": alone(lambda site, lang: f"{site.app}/privacy/choices/nothing"),
}
# What docs/pictures shows: in English unless the name says otherwise, and by day.
PICTURES = {"prospects-dark", "policy-fr", *SANDBOX} - {"refusal"} | {"choices"}


@pytest.fixture(scope="module", params=LANGS)
def lang(request: pytest.FixtureRequest) -> Lang:
    """Each language in turn."""
    chosen: Lang = request.param
    return chosen


@pytest.fixture(scope="module")
def opened(browser: Browser, lang: Lang) -> Iterator[BrowserContext]:
    """A window of somebody who reads it."""
    with window(browser, lang) as opened:
        yield opened


@pytest.mark.parametrize("name", [*SANDBOX, *PUBLIC])
def test_a_page_is_there_for_everybody(name: str, lang: Lang, opened: BrowserContext, site: Site) -> None:
    with opened.new_page() as page:
        places = (SANDBOX | PUBLIC)[name](page, site, lang)
        for theme in THEMES:
            turn(page, theme, host=name in SANDBOX)
            keep_picture(page, name, lang, theme)
            for place in places:
                assert complaints(place, theme) == [], theme
                assert place.evaluate("document.documentElement.lang") == lang
                assert overhang(place) == 0
        page.set_viewport_size(TELEPHONE)
        # What is around the app in the sandbox is no part of the product.
        assert overhang(places[-1]) == 0


def keep_picture(page: Page, name: str, lang: Lang, theme: str) -> None:
    """Save the picture that is of this page in this language and theme, if there is one."""
    full = name + ("-fr" if lang == "fr" else "") + ("-dark" if theme == "dark" else "")
    if full in PICTURES:
        picture(page, full)


def test_the_keyboard_skips_to_the_content(page: Page, site: Site) -> None:
    page.goto(f"{site.app}/policy/en")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_keyboard_reaches_the_search_and_a_prospect(page: Page, site: Site) -> None:
    page.goto(site.host("/jira"))
    frame = in_frame(page, site)
    frame.locator("h1").focus()
    search = frame.get_by_role("searchbox")
    for _ in range(20):
        page.keyboard.press("Tab")
        if search.evaluate("it => it === document.activeElement"):
            break
    expect(search).to_be_focused()
    link = frame.get_by_role("rowheader").first.get_by_role("link")
    for _ in range(14):
        page.keyboard.press("Tab")
        if link.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(frame.get_by_role("link", name="All prospects")).to_be_visible()
    expect(frame.get_by_role("heading", level=1)).to_be_focused()
