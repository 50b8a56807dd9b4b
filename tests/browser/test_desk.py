"""The pages of the menu: each in both languages and themes, by keyboard alone, and as somebody finds them who never saw
them: by what is written on them."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Browser, Frame, Page, Route, expect

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

SECTIONS = {
    "rights": {"en": "Rights desk", "fr": "Droits"},
    "exchange": {"en": "Exchange with Atlassian", "fr": "Échange avec Atlassian"},
    "dashboards": {"en": "Dashboards", "fr": "Tableaux de bord"},
    "policy": {"en": "Policy", "fr": "Politique"},
    "inbox": {"en": "Quarantine", "fr": "Quarantaine"},
    "audit": {"en": "Audit", "fr": "Audit"},
    "checkup": {"en": "Settings check", "fr": "Vérification"},
}
PICTURED = ("rights", "dashboards", "checkup")
HOSTILE = ("<script>window.hit = 1</script>", "=cmd()|' /C calc'!A0", "محمد \u202eالحربي", "W" * 10_000)


def jira(page: Page, site: Site, account: str = "alice", lang: Lang = "en") -> Frame:
    """Jira with the app in it, as somebody opens it."""
    page.goto(site.host("/jira", lang, f"account={account}"))
    return in_frame(page, site)


def choose(frame: Frame, section: str, lang: Lang = "en") -> None:
    """Follow the menu."""
    frame.get_by_role("navigation", name="Fairtrial").get_by_role("link", name=SECTIONS[section][lang]).click()
    expect(frame.locator(f"[data-section={section}][data-view]")).to_be_visible()


@pytest.fixture(scope="module")
def filled(site: Site) -> Site:
    """Something on every page: an event that is not understood, a request, people with names that try things."""
    atlassian = site.journey.atlassian
    atlassian.do("POST", "/events", {"envelopes": [{"type": "brand.new", "data": {}}]})
    for number, name in enumerate(HOSTILE):
        wish = {"name": name, "company": name, "email": f"who@hostile{number}-exemple.fr"}
        atlassian.do("POST", "/evaluations", wish)
    form = {"kind": "portability", "email": "who@hostile0-exemple.fr", "channel": "phone", "details": HOSTILE[0]}
    token = atlassian.get("/context-token", account="alice")["token"]
    headers = {"Authorization": f"JWT {token}"}
    assert requests.post(f"{site.app}/staff/api/rights", form, headers=headers, timeout=20).ok
    site.arrived("hostile", len(HOSTILE))
    return site


@pytest.mark.parametrize("lang", LANGS)
def test_each_page_of_the_menu_is_there_for_everybody(lang: Lang, browser: Browser, filled: Site) -> None:
    with window(browser, lang) as context:
        page = context.new_page()
        frame = jira(page, filled, lang=lang)
        for section in SECTIONS:
            page.set_viewport_size({"width": 1320, "height": 800})
            choose(frame, section, lang)
            for theme in THEMES:
                turn(page, theme, host=True)
                assert complaints(frame, theme) == [], (section, theme)
                if theme == "light" and lang == "en" and section in PICTURED:
                    picture(page, section)
            expect(frame.locator("[aria-current=page]")).to_have_text(SECTIONS[section][lang])
            assert frame.evaluate("document.documentElement.lang") == lang
            page.set_viewport_size(TELEPHONE)
            assert overhang(frame) == 0, section


def test_names_that_try_things_do_nothing(page: Page, filled: Site) -> None:
    frame = jira(page, filled)
    frame.get_by_role("searchbox").fill("hostile")
    expect(frame.locator("tbody tr")).to_have_count(len(HOSTILE))
    for link in frame.get_by_role("rowheader").get_by_role("link").all():
        link.click()
        expect(frame.locator("[data-view=prospect]")).to_be_visible()
        assert overhang(frame) == 0
        frame.get_by_role("link", name="All prospects").click()
        expect(frame.locator("tbody tr")).to_have_count(len(HOSTILE))
    assert frame.evaluate("window.hit") is None


def test_the_list_is_worked_by_keyboard_alone(page: Page, filled: Site) -> None:
    frame = jira(page, filled)
    frame.locator("h1").focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    links = frame.get_by_role("rowheader").get_by_role("link")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(frame.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("vermeil")
    expect(frame.locator("tbody tr")).to_have_count(1)
    frame.get_by_role("searchbox").blur()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", level=1, name="Élodie Vermeil")).to_be_focused()


def test_a_back_end_that_is_gone_is_said_and_comes_back(page: Page, site: Site) -> None:
    frame = jira(page, site)
    page.route("**/staff/api/**", lambda route: route.abort())
    frame.get_by_role("navigation", name="Fairtrial").get_by_role("link", name="Audit").click()
    expect(frame.get_by_role("alert")).to_contain_text("Fairtrial does not answer")
    page.unroute("**/staff/api/**")
    frame.get_by_role("button", name="Try again now").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Audit")


def test_a_token_that_is_refused_is_asked_for_anew_and_nothing_is_lost(page: Page, site: Site) -> None:
    frame = jira(page, site)
    refused: list[str] = []

    def once(route: Route) -> None:
        if refused:
            route.fallback()
            return
        refused.append(route.request.url)
        route.fulfill(status=401, json={"code": "token-refused"})

    page.route("**/staff/api/**", once)
    frame.get_by_role("searchbox").fill("vermeil")
    expect(frame.locator("tbody tr")).to_have_count(1)
    assert len(refused) == 1
    expect(frame.get_by_role("searchbox")).to_have_value("vermeil")


def test_a_token_that_stays_refused_for_a_while_is_asked_for_again_by_itself(page: Page, site: Site) -> None:
    frame = jira(page, site)
    page.route("**/staff/api/**", lambda route: route.fulfill(status=401, json={"code": "token-refused"}))
    frame.get_by_role("navigation", name="Fairtrial").get_by_role("link", name="Audit").click()
    expect(frame.get_by_role("alert")).to_be_visible()
    page.unroute("**/staff/api/**")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Audit", timeout=20_000)


def test_staff_take_the_list_away_and_keep_a_view(page: Page, site: Site) -> None:
    frame = jira(page, site)
    frame.get_by_role("combobox", name="State").select_option("won")
    expect(frame.get_by_role("link", name="State: Won")).to_be_visible()
    frame.get_by_text("Keep this view").click()
    frame.get_by_label("Name of the view").fill("Customers")
    frame.get_by_role("button", name="Keep", exact=True).click()
    expect(frame.get_by_role("link", name="Customers")).to_be_visible()
    frame.get_by_text("Export", exact=True).click()
    frame.get_by_label("What for").select_option("support")
    with page.expect_download() as saved:
        frame.get_by_role("button", name="Download CSV").click()
    assert saved.value.suggested_filename == "prospects.csv"
    assert saved.value.path().read_text(encoding="utf-8-sig").startswith("id,name,email")
    frame.get_by_role("link", name="Everybody").click()
    frame.get_by_role("link", name="Customers").click()
    expect(frame.get_by_role("link", name="State: Won")).to_be_visible()


def test_somebody_who_never_saw_it_finds_an_evaluator_and_answers_an_access_request(page: Page, site: Site) -> None:
    page.goto(site.host("/"))
    page.get_by_label("Person").fill("Gaëlle Morvan")
    page.get_by_label("E-mail").fill("gaelle@morvan-exemple.fr")
    page.get_by_role("button", name="Start the evaluation").click()
    expect(page.get_by_text("taken by the app. gaelle@morvan-exemple.fr")).to_be_visible()
    expect(page.get_by_role("list", name="The app, live")).to_contain_text("licence.observed: taken")
    site.arrived("morvan")
    page.get_by_role("link", name="Open Prospects in Jira").first.click()
    frame = in_frame(page, site)
    frame.get_by_label("Search").fill("morvan")
    frame.get_by_role("link", name="Gaëlle Morvan").click()
    may = frame.get_by_role("region", name="May you mail them?")
    expect(may).to_contain_text("No, not now")
    expect(may).to_contain_text("The first message must tell them where their details come from")
    choose(frame, "rights")
    frame.get_by_text("Take a request down").click()
    frame.get_by_label("Their e-mail address").fill("gaelle@morvan-exemple.fr")
    frame.get_by_label("How it came").select_option("Phone")
    frame.get_by_role("button", name="Take it down").click()
    expect(frame.get_by_role("rowheader").filter(has_text="Access").first).to_be_visible()
    page.get_by_label("Act as").select_option(label="Olivia Bernard (privacy officer)")
    frame = in_frame(page, site)
    choose(frame, "rights")
    frame.get_by_role("link", name="Access").click()
    expect(frame.get_by_role("region", name="The request")).to_contain_text("gaelle@morvan-exemple.fr")
    frame.get_by_role("button", name="Fulfil and answer").click()
    frame.get_by_role("button", name="Yes, do it").click()
    expect(frame.get_by_text("It has been answered.")).to_be_visible()
