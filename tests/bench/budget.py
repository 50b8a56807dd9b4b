"""What a page costs its reader, in a real Chromium with an empty cache: requests, bytes, and how long it blocks.

The host's own script and page are the host's, and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser, Request, sync_playwright

from tests.browser.looks import CHROMIUM, FLAGS, Site, running, window
from tests.browser.test_looks import PUBLIC, Opener, framed

LIMIT_BYTES, LIMIT_BLOCKING_MS = 60_000, 200
PAGES: Mapping[str, Opener] = {
    "prospects": framed("/jira"),
    "one prospect": framed("/jira?module=prospect&ac.id={prospect}"),
    "issue panel": framed("/jira/browse/{case}"),
    **{name.replace("-", " "): PUBLIC[name] for name in ("policy", "choices", "rights-request")},
}
# Of each task of more than 50 ms what is over 50 ms counts: Lighthouse's total blocking time.
WATCH = """
window.blocked = 0;
new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => { window.blocked += duration - 50; }))
  .observe({ type: "longtask", buffered: true });
"""


def lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    """The lines of the table; none where there is no Chromium."""
    if not CHROMIUM.exists():
        return
    with running(folder) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS)
        for name, opener in PAGES.items():
            yield _cost(browser, site, name, opener)
        browser.close()


def _cost(browser: Browser, site: Site, name: str, opener: Opener) -> tuple[str, str, str]:
    ours: list[Request] = []

    def note(request: Request) -> None:
        if request.url.startswith(site.app):
            ours.append(request)

    with window(browser) as opened:
        page = opened.new_page()
        page.add_init_script(WATCH)
        page.on("requestfinished", note)
        documents = opener(page, site, "en")
        page.wait_for_load_state("networkidle")
        sizes = [request.sizes() for request in ours]
        blocked = sum(float(document.evaluate("window.blocked")) for document in documents[-1:])
    sent = sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)
    return (
        f"{name}, first visit",
        f"{len(ours)} requests, {sent / 1000:.0f} kB, blocked for {blocked:.0f} ms",
        f"{sent / LIMIT_BYTES:.0%} of {LIMIT_BYTES // 1000} kB, "
        f"{blocked / LIMIT_BLOCKING_MS:.0%} of {LIMIT_BLOCKING_MS} ms",
    )
