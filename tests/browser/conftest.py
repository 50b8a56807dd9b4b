"""A real Chromium before the whole product as processes: the app, its worker and the sandbox Atlassian.

Everything here lives as long as this package is tested, not until the end of the run: Playwright keeps an event loop
going in the thread, and the stack keeps the machine busy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, sync_playwright

from tests.browser.looks import CHROMIUM, FLAGS, Site, running, window

BLOCK_COOKIES = {"profile": {"default_content_setting_values": {"cookies": 2}}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[BrowserType]:
    """Playwright, for the Chromium of this machine."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM} (the variable CHROMIUM may name another place)")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="package")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    """The browser of whoever lets scripts run."""
    browser = chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def site(chromium: BrowserType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product, running, and seeded once as `make demo` does it."""
    with running(tmp_path_factory.mktemp("stack")) as site:
        yield site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of somebody who reads English, by day."""
    with window(browser) as opened:
        yield opened.new_page()


@pytest.fixture
def bare_page(chromium: BrowserType, tmp_path: Path) -> Iterator[Page]:
    """A page without JavaScript in a browser that refuses every cookie; only a profile of its own can be told so."""
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(BLOCK_COOKIES))
    with chromium.launch_persistent_context(
        tmp_path,
        executable_path=CHROMIUM,
        chromium_sandbox=False,
        args=FLAGS,
        java_script_enabled=False,
        locale="en-GB",
    ) as opened:
        yield opened.pages[0]
