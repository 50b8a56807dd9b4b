"""The frame with Atlassian's own bridge, both ends of it, instead of the sandbox's: `atlassian-connect-js` from npm.

It is fetched into the folder of the virtual environment and never committed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, Route, expect

from tests.browser.looks import Site, window

PACKAGES = ("atlassian-connect-js@5.3.190", "jquery@3.7.1")
TEXT_COLOUR = "rgb(23, 43, 77)"
CDN = "https://connect-cdn.atl-paas.net/"
FOLDER = Path(sys.prefix) / "bridge"
# What Jira's own page does round the bridge; its product modules, such as `user`, are Jira's and stood in for here.
HOST = """<!doctype html><html lang="en" data-color-mode="light" data-theme="dark:dark light:light"><title>Host</title>
<script src="/bridge/jquery/dist/jquery.js"></script>
<script>window.AJS = {$: jQuery}; window.require = () => ({emitGasV3() {}});</script>
<script src="/bridge/atlassian-connect-js/dist/connect-host.js"></script>
<body><script>
  window.asked = 0;
  connectHost.defineModule("context", {getToken(done) {
    window.asked += 1;
    if (window.expired) { window.expired = false; done("e30.e30.e30"); return; }
    fetch("/_sandbox/context-token?account=alice").then((answer) => answer.json()).then((body) => done(body.token));
  }});
  connectHost.defineModule("user", {getLocale(done) { done("fr_FR"); }});
  fetch("/_sandbox/page-url?module=prospects&account=alice").then((answer) => answer.json()).then(({url}) =>
    document.body.append(connectHost.create({addon_key: "com.alkaes.fairtrial", key: "prospects", url})[0]));
</script></body></html>"""


@pytest.fixture(scope="module")
def bridge() -> Path:
    """The unpacked packages; the tests are skipped, saying so, where npm can't give them."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm, so Atlassian's own bridge can't be had")
    FOLDER.mkdir(exist_ok=True)
    for package in PACKAGES:
        name = package.partition("@")[0]
        if not (FOLDER / name).exists():
            _unpack(npm, package, name)
    return FOLDER


def _unpack(npm: str, package: str, name: str) -> None:
    packed = subprocess.run([npm, "pack", "--silent", package], cwd=FOLDER, capture_output=True, text=True, timeout=100)
    if packed.returncode != 0:
        pytest.skip(f"npm did not give {package}")
    archive = FOLDER / packed.stdout.strip().splitlines()[-1]
    with tarfile.open(archive) as files:
        files.extractall(FOLDER / "unpacked", filter="data")
    (FOLDER / "unpacked" / "package").rename(FOLDER / name)
    archive.unlink()


def opened(page: Page, site: Site, bridge: Path) -> Frame:
    """The app in a page that runs Atlassian's host, and Atlassian's script in the app's frame."""

    dist = bridge / "atlassian-connect-js" / "dist"

    def serve(route: Route) -> None:
        route.fulfill(path=bridge / route.request.url.partition("/bridge/")[2])

    def serve_theme(route: Route) -> None:
        route.fulfill(path=dist / route.request.url.removeprefix(CDN))

    page.route(f"{site.atlassian}/bridge/**", serve)
    page.route(f"{CDN}**", serve_theme)
    page.route(f"{site.atlassian}/all.js", lambda route: route.fulfill(path=dist / "iframe.js"))
    # A page that was never loaded from anywhere may not frame what is on this machine.
    page.goto(f"{site.atlassian}/_sandbox/state")
    page.set_content(HOST)
    expect(page.frame_locator("iframe").locator("[data-view]").first).to_be_visible()
    return next(frame for frame in page.frames if frame.url.startswith(site.app))


def test_the_real_bridge_gives_tokens_a_language_a_theme_and_the_height(
    browser: Browser, site: Site, bridge: Path
) -> None:
    with window(browser) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        frame = opened(page, site, bridge)
        # The language is the one that Jira says, not the browser's.
        expect(frame.locator("html")).to_have_attribute("lang", "fr")
        expect(frame.locator("html")).to_have_attribute("data-color-mode", "light")
        # Our colours are Atlassian's tokens from here on: `--ds-text` of the light theme.
        expect(frame.locator("body")).to_have_css("color", TEXT_COLOUR)
        assert page.evaluate("window.asked") >= 1
        whole = frame.locator("#whole").evaluate("it => it.offsetHeight")
        expect(page.locator("iframe")).to_have_css("height", f"{whole}px")
        assert [text for text in said if "Content Security Policy" in text] == []


def test_an_expired_token_in_an_open_tab_is_renewed_without_loss(browser: Browser, site: Site, bridge: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        frame = opened(page, site, bridge)
        page.evaluate("window.expired = true")
        frame.get_by_role("searchbox").fill("vermeil")
        expect(frame.locator("tbody tr")).to_have_count(1)
        expect(frame.get_by_role("searchbox")).to_have_value("vermeil")
        assert page.evaluate("window.expired") is False
