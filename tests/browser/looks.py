"""Readers of the product, the addresses of its pages, and what a page must never do."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

import requests
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Frame, Page, ViewportSize, expect
from sqlalchemy import select

from models.consent import ConsentEvent
from models.database import Database
from models.people import Person, Prospect
from models.vault import Vault
from sandbox.demo import seed
from sandbox.journey import Journey
from sandbox.people import submit_objection
from sandbox.stack import ROOT, Stack, wait_for
from services import links

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
# Whatever a page asks for, nothing but this machine is reached.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
SECRET_KEY = "a-secret-key-for-the-browser"
# What a theme changes of a page is its colours: the rest is asked by day alone.
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "dark": ["color-contrast", "link-in-text-block"],
}
# The first page after a start waits for the app to read its templates, on a machine that does other things as well.
expect.set_options(timeout=30_000)
WIKI_TITLES = {"fr": "Politique", "en": "Privacy"}


Lang = Literal["en", "fr"]
Theme = Literal["light", "dark"]
LANGS: tuple[Lang, ...] = ("en", "fr")
THEMES: tuple[Theme, ...] = ("light", "dark")
DESKTOP, TELEPHONE = ViewportSize(width=1320, height=800), ViewportSize(width=320, height=800)


@contextmanager
def running(home: Path) -> Iterator[Site]:
    """The product, running in a folder, and seeded once as `make demo` does it."""
    shutil.copytree(ROOT / "policy", home / "policy")
    database_url = f"sqlite:///{home / 'browser.db'}"
    settings = {
        "FAIRTRIAL_DATABASE_URL": database_url,
        "FAIRTRIAL_SECRET_KEYS": SECRET_KEY,
        "FAIRTRIAL_POLICY_DIR": str(home / "policy"),
        "FAIRTRIAL_MARKETPLACE_POLL_MINUTES": "0",
    }
    with Stack(home, settings=settings) as stack:
        seed(stack)
        journey = Journey(stack, home / "policy")
        journey.settled()
        yield Site(journey, database_url)


def window(browser: Browser, lang: Lang = "en") -> BrowserContext:
    """A new window of somebody who reads this language, by day."""
    locale = {"en": "en-GB", "fr": "fr-FR"}[lang]
    return browser.new_context(viewport=DESKTOP, color_scheme="light", locale=locale, reduced_motion="reduce")


class Site:
    """The running product, and where things are in it."""

    def __init__(self, journey: Journey, database_url: str) -> None:
        self.journey, self._database_url = journey, database_url
        self.app, self.atlassian = journey.stack.app_url, journey.stack.sandbox_url

    def host(self, path: str, lang: Lang = "en", query: str = "") -> str:
        """The address of a page of the sandbox."""
        return f"{self.atlassian}{path}?lang={lang}&{query}"

    def arrived(self, words: str, count: int = 1) -> None:
        """Wait until so many prospects are found by these words. Letters may wait in the outbox meanwhile."""
        alice = self.journey.alice
        wait_for(f"prospects of {words}", lambda: alice.prospects(q=words)["total"] >= count)

    @cached_property
    def evaluators(self) -> list[str]:
        """The ids of people who evaluate, always in the same order."""
        items = self.journey.alice.prospects(state="evaluating", limit=200)["items"]
        return sorted(item["id"] for item in items if item["name"])

    @cached_property
    def case(self) -> str:
        """The seeded support case, once its attachment has been read."""
        issues = {issue["key"]: issue for issue in self.journey.atlassian.get("/state/issues")}
        self.journey.configuration_of(issues["SUP-1"])
        return "SUP-1"

    @cached_property
    def wiki_pages(self) -> dict[str, str]:
        """The path of the published policy by language."""
        listed = requests.get(f"{self.atlassian}/wiki", timeout=20).text
        pages = re.findall(r'href="(/wiki/spaces/LEGAL/pages/[^"?]+)', listed)
        return {lang: next(page for page in pages if title in page) for lang, title in WIKI_TITLES.items()}

    def choices_link(self, prospect_id: str) -> str:
        """A new link to the choices of a prospect, as staff get it."""
        answer = self.journey.alice.call("POST", f"/staff/api/prospects/{prospect_id}/choices-link")
        return str(answer.json()["url"])

    @cached_property
    def choices(self) -> str:
        """The choices of somebody who has not said anything yet."""
        return self.choices_link(self.evaluators[0])

    @cached_property
    def objected(self) -> str:
        """The choices of somebody who has just objected."""
        link = self.choices_link(self.evaluators[2])
        assert submit_objection(link).ok
        return f"{link}?done=1"

    @cached_property
    def unsubscribe(self) -> str:
        """A link as the foot of a letter has it; no page gives one."""
        return f"{self.app}/u/{self._link(0, 'unsubscribe')}"

    @cached_property
    def confirm(self) -> str:
        """The link of the letter that asks somebody to confirm what they ticked."""
        form = {"action": "choose", "choice": ["news.email", "survey.phone"], "of_age": "1"}
        assert requests.post(self.choices_link(self.evaluators[-1]), data=form, timeout=20).ok
        return f"{self.app}/privacy/confirm/{self._link(-1, 'confirm', renew=True)}"

    def _link(self, evaluator: int, kind: links.Kind, *, renew: bool = False) -> str:
        database = Database(self._database_url)
        with database.write() as session:
            prospect = session.get_one(Prospect, self.evaluators[evaluator])
            person = session.get_one(Person, prospect.person_id)
            asked = max(session.scalars(select(ConsentEvent.at).filter_by(person_ref=person.id))) if renew else None
            token = links.issue(
                session, Vault([SECRET_KEY]), kind=kind, person=person, now=asked or datetime.now(UTC)
            )  # fmt: skip
        database.dispose()
        return token


def in_frame(page: Page, site: Site, ready: str = "[data-view]") -> Frame:
    """The app's own document within a page of the sandbox, once it shows `ready`."""
    expect(page.frame_locator("iframe[data-app-frame]").locator(ready).first).to_be_visible()
    return next(frame for frame in page.frames if frame.url.startswith(site.app))


def turn(page: Page, theme: Theme, *, host: bool) -> None:
    """Change to a theme with the page open: by the switch of the sandbox's pages, elsewhere by the reader's system."""
    if not host:
        page.emulate_media(color_scheme=theme)
        return
    page.locator("#theme").select_option(theme)
    for frame in page.frames:
        expect(frame.locator("html")).to_have_attribute("data-color-mode", theme)


def complaints(place: Page | Frame, theme: Theme = "light") -> list[str]:
    """What axe finds wrong in one document; frames in it are asked on their own."""
    if not place.evaluate("'axe' in window"):
        place.evaluate(AXE_SCRIPT)
    # `preload` would fetch style sheets by script, which our pages forbid.
    options = {"preload": False, "iframes": False, "runOnly": RULES[theme], "resultTypes": ["violations"]}
    found = place.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def overhang(place: Page | Frame) -> int:
    """By how many pixels a document, or a box in it, is wider inside than outside."""
    widths = "[...document.querySelectorAll('html, .card, .sheet')].map(it => it.scrollWidth - it.clientWidth)"
    return int(place.evaluate(f"Math.max(...{widths})"))


def picture(page: Page, name: str) -> None:
    """Keep what the window shows, where FAIRTRIAL_PICTURES names a folder for it."""
    if folder := os.environ.get("FAIRTRIAL_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")
