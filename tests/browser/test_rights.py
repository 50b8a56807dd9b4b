"""A person asks for their data in a browser without script or cookie: form, letter, confirmation, everything held."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.database import Database
from models.queues import OutboxItem
from models.vault import Vault
from services import outbox
from tests.browser.looks import SECRET_KEY, TELEPHONE, THEMES, Site, complaints, overhang, turn


def path_in_letter(site: Site, letter: str) -> str:
    """The path of the link in the newest letter of this name."""
    database = Database(site._database_url)
    with database.read() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail.send").order_by(OutboxItem.id))
        payloads = [outbox.payload_of(item, Vault([SECRET_KEY])) for item in items]
    database.dispose()
    return str([told["values"]["path"] for told in payloads if told.get("letter") == letter][-1])


def test_a_person_asks_and_sees_everything_without_script_or_cookie(bare_page: Page, page: Page, site: Site) -> None:
    person = site.journey.alice.prospects(state="evaluating", limit=200)["items"][0]
    bare_page.goto(f"{site.app}/privacy/request?lang=en")
    bare_page.get_by_label("What you want").select_option("access")
    bare_page.get_by_label("Your e-mail address").fill(person["email"])
    bare_page.get_by_role("button", name="Send the request").click()
    expect(bare_page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    bare_page.goto(f"{site.app}{path_in_letter(site, 'rights_confirm')}?lang=en")
    bare_page.get_by_role("button", name="Yes, this is my request").click()
    expect(bare_page.get_by_text("It is done.")).to_be_visible()
    export = f"{site.app}{path_in_letter(site, 'rights_answer')}"
    bare_page.goto(f"{export}?lang=en")
    expect(bare_page.get_by_text(person["email"]).first).to_be_visible()
    with bare_page.expect_download() as download:
        bare_page.get_by_role("button", name="As a contact card (vCard)").click()
    assert download.value.suggested_filename == "personal-data.vcf"
    assert person["email"] in download.value.path().read_text()
    for lang in ("en", "fr"):
        page.goto(f"{export}?lang={lang}")
        for theme in THEMES:
            turn(page, theme, host=False)
            assert complaints(page, theme) == []
        page.set_viewport_size(TELEPHONE)
        page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        assert overhang(page) == 0
