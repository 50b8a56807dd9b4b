"""The main job as people do it: a newcomer, staff, somebody who is no staff, a customer, an agent, an evaluator."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Frame, Page, expect

from sandbox.stack import wait_for
from tests.browser.looks import Site, complaints, in_frame


def prospects_of(page: Page, site: Site) -> Frame:
    """The list, as alice of the staff opens it in Jira."""
    page.goto(site.host("/jira", query="account=alice"))
    return in_frame(page, site)


def rows(frame: Frame) -> int:
    return frame.locator("tbody tr").count()


def test_a_newcomer_starts_an_evaluation_and_staff_see_it(page: Page, site: Site) -> None:
    page.goto(site.host("/"))
    page.get_by_label("Company").fill("Brasserie du Phare")
    page.get_by_label("Person").fill("Maïwenn Kerbrat")
    page.get_by_label("E-mail").fill("maiwenn@phare-exemple.fr")
    page.get_by_role("button", name="Start the evaluation").click()
    expect(page.get_by_text("Done. 1 of 1 message(s) taken by the app. maiwenn@phare-exemple.fr")).to_be_visible()
    site.arrived("phare-exemple")
    page.get_by_role("link", name="Open Prospects in Jira").first.click()
    row = in_frame(page, site).get_by_role("row").filter(has_text="Maïwenn Kerbrat")
    expect(row).to_contain_text("Brasserie du Phare")
    expect(row).to_contain_text("Evaluating")
    expect(row).to_contain_text("Notice due")


def test_the_frame_proves_its_viewer_with_fresh_tokens_and_no_cookie(page: Page, site: Site) -> None:
    shells, tokens = [], []
    page.on("response", lambda answer: shells.append(answer) if "/staff/prospects" in answer.url else None)
    page.on(
        "request", lambda asked: tokens.append(asked.headers.get("authorization")) if "/api/" in asked.url else None
    )
    frame = prospects_of(page, site)
    assert urlsplit(frame.url).netloc != urlsplit(page.url).netloc
    assert "@" not in shells[0].text() and rows(frame) > 10
    frame.get_by_role("combobox", name="State").select_option("won")
    expect(frame.get_by_role("link", name="State: Won")).to_be_visible()
    assert len(tokens) == 2 and all(token.startswith("JWT ") for token in tokens)
    assert not any(urlsplit(frame.url).query.endswith(token.removeprefix("JWT ")) for token in tokens)
    assert page.context.cookies() == []


def test_staff_search_and_filter(page: Page, site: Site) -> None:
    frame = prospects_of(page, site)
    search = frame.get_by_role("searchbox")
    search.press_sequentially("vermei", delay=30)
    expect(frame.locator("tbody tr")).to_have_count(1)
    expect(frame.get_by_role("link", name="Élodie Vermeil")).to_be_visible()
    expect(search).to_be_focused()
    search.fill("nobody of that name")
    expect(frame.get_by_role("heading", name="No prospect matches")).to_be_visible()
    assert complaints(frame) == []
    frame.get_by_role("link", name="Clear all filters").click()
    frame.get_by_role("combobox", name="State").select_option("evaluating")
    expect(frame.get_by_role("link", name="State: Evaluating")).to_be_visible()
    for state in frame.locator("tbody tr .lozenges .lozenge:first-child").all_inner_texts():
        assert state == "Evaluating"


def test_staff_turn_pages(page: Page, site: Site) -> None:
    for number in range(30):
        site.journey.atlassian.do("POST", "/evaluations", {"company": f"Atelier {number}", "send": False})
    assert site.journey.sync()["new"] >= 30
    frame = prospects_of(page, site)
    first = frame.get_by_role("rowheader").first.inner_text()
    assert rows(frame) == 50
    frame.get_by_role("link", name="Next page").click()
    expect(frame.get_by_role("link", name="First page")).to_be_visible()
    assert 0 < rows(frame) < 50
    assert first not in frame.get_by_role("rowheader").all_inner_texts()
    frame.get_by_role("link", name="First page").click()
    expect(frame.get_by_role("rowheader").first).to_have_text(first, use_inner_text=True)


def test_staff_open_one_prospect_and_come_back(page: Page, site: Site) -> None:
    frame = prospects_of(page, site)
    frame.get_by_role("searchbox").fill("vermeil")
    expect(frame.locator("tbody tr")).to_have_count(1)
    frame.get_by_role("link", name="Élodie Vermeil").click()
    expect(frame.get_by_role("heading", level=1, name="Élodie Vermeil")).to_be_focused()
    expect(frame.get_by_role("region", name="Evaluations")).to_contain_text("Relecture for Confluence")
    expect(frame.get_by_role("region", name="Consent")).to_contain_text("Notice due")
    expect(frame.get_by_role("region", name="Time line")).to_contain_text("Evaluation started")
    expect(frame.get_by_role("region", name="Retention")).to_contain_text("Kept until")
    expect(frame.get_by_text("This reading is in the audit log")).to_be_visible()
    frame.get_by_role("link", name="All prospects").click()
    expect(frame.get_by_role("searchbox")).to_have_value("vermeil")


def test_a_link_followed_while_typing_is_followed(page: Page, site: Site) -> None:
    frame = prospects_of(page, site)
    frame.get_by_role("searchbox").fill("vermeil")
    frame.get_by_role("rowheader").first.get_by_role("link").click()
    expect(frame.get_by_role("link", name="All prospects")).to_be_visible()
    page.wait_for_timeout(400)
    expect(frame.get_by_role("link", name="All prospects")).to_be_visible()


def test_somebody_who_is_no_staff_is_refused_plainly(page: Page, site: Site) -> None:
    answers = []
    page.on("response", lambda answer: answers.append(answer.status) if "/staff/api" in answer.url else None)
    page.goto(site.host("/jira", query="account=bob"))
    frame = in_frame(page, site, "[role=alert]")
    expect(frame.get_by_role("alert")).to_contain_text("This page is for staff")
    assert answers == [403]
    assert "@" not in frame.locator("body").inner_text() and rows(frame) == 0


def test_a_customer_reads_the_policy(page: Page, site: Site) -> None:
    page.goto(site.host("/wiki"))
    page.get_by_role("link", name="Privacy policy – Alkaes Consulting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy policy – Alkaes Consulting")
    expect(page.get_by_role("main")).to_contain_text("Version 1, in force since")
    page.get_by_role("link", name="Lire cette politique en français").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Politique de confidentialité – Alkaes Consulting")
    page.goto(f"{site.app}/policy/fr")
    expect(page.get_by_role("article")).to_contain_text("3 ans")
    page.get_by_role("link", name="Vos droits").first.click()
    expect(page.get_by_role("heading", name="Vos droits")).to_be_in_viewport()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy policy – Alkaes Consulting")


def test_an_agent_sees_the_configuration_of_a_case(page: Page, site: Site) -> None:
    page.goto(site.host("/"))
    page.get_by_label("Summary").fill("Pages load slowly")
    page.get_by_role("button", name="Open the case").click()
    page.get_by_text("Done.").get_by_role("link", name="SUP-").click()

    def shown() -> str:
        page.reload()
        text = in_frame(page, site).locator("main").inner_text()
        return text if "Installed apps" in text else ""

    panel = wait_for("the panel", shown)
    for part in ("Confluence 8.5.19", "PostgreSQL 15.8", "17.0.12", "Linux 5.15.0", "Confluence_support_sample.zip"):
        assert part in panel
    assert in_frame(page, site).locator("[aria-labelledby=apps] li").count() == 3


def test_an_evaluator_objects_without_script_or_cookie_and_staff_see_it(
    page: Page, bare_page: Page, site: Site
) -> None:
    evaluator = site.evaluators[1]
    page.goto(site.host("/jira", query=f"module=prospect&ac.id={evaluator}"))
    frame = in_frame(page, site)
    frame.get_by_role("button", name="Choices link for the person").click()
    link = frame.get_by_label("Link to their choices").input_value()
    bare_page.goto(link)
    expect(bare_page.get_by_role("region", name="What we know about you")).to_contain_text("•••@")
    bare_page.get_by_role("button", name="Stop all prospecting").click()
    expect(bare_page.get_by_role("heading", level=1)).to_have_text("Your objection is recorded")
    assert bare_page.context.cookies() == []
    page.reload()
    expect(in_frame(page, site).get_by_role("region", name="Consent")).to_contain_text("Objected")
    assert site.journey.consent_of(evaluator) == "objected"
