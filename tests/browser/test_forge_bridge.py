"""The pages without Connect: the app that `forge package` writes, built with Atlassian's own `@forge/bridge` from npm.

It is built in the folder of the virtual environment and never committed. Its host alone, Atlassian's page around it, is
stood in for, by the contract that their reference of `invokeRemote` gives (docs/forge.md).
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app import create_app
from handlers.settings import Settings
from sandbox.forge import APP_ID
from tests.browser.looks import SECRET_KEY, Site, complaints, window

FOLDER = Path(sys.prefix) / "forge-app"
PLACE = "/forge-app"
# Nothing inline: Forge allows that only to an app that asks for it in its manifest.
POLICY = {"Content-Security-Policy": "default-src 'self'; base-uri 'self'"}
LIMIT_BYTES = 60_000
# What the bridge finds when it is loaded, and what it asks of it. Of the headers that a page sets none gets through.
HOST = """
Object.assign(window, {asked: [], opened: []});
const invoke = async ({invokeType, path, method, headers, body}) => {
  if (invokeType !== "ui-remote-fetch") throw new Error(invokeType);
  asked.push(`${method} ${path}`);
  const text = body === undefined ? {} : {text: JSON.stringify(body)};
  const kept = {"Accept": "*/*", "Content-Type": "text/plain"};
  const wish = {module: bearer, account, issue: issue?.key, method, path, headers: kept, ...text};
  const sent = {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(wish)};
  const answer = await (await fetch("/_sandbox/forge/call", sent)).json();
  const {status} = answer;
  const kind = answer.headers["Content-Type"];
  if (status === 401) throw new Error("Remote could not verify the Forge Invocation Token");
  if ((status < 200 || status > 299) && kind !== "application/json") throw new Error(`Invalid response: ${kind}`);
  if (answer.body.length > 5e6 || (text.text || "").length > 5e5) throw new Error("too large");
  const values = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), [value]]);
  return {status, headers: Object.fromEntries(values), body: JSON.parse(answer.body)};
};
window.__bridge = {async callBridge(name, given) {
  if (name === "getContext") return {locale: "fr_FR", moduleKey, extension: issue ? {issue} : {}};
  if (name === "enableTheming") { window.themed = true; return; }
  if (name === "navigate") { opened.push(`${given.type} ${given.url}`); return; }
  if (name !== "invoke") throw new Error(`the host knows no ${name}`);
  try {
    return {success: true, payload: await invoke(given)};
  } catch (error) {
    // The reference has such calls rejected; as the bridge is written, the host may also hand the error over.
    if (rejects) throw error;
    return {success: false, error: {message: error.message}};
  }
}};
"""


@pytest.fixture(scope="module")
def built(site: Site) -> Path:
    """The app as Forge would be given it; the tests are skipped, saying so, where npm can't give what it is made of."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm, so Atlassian's own bridge can't be had")
    settings = Settings(base_url=site.app, forge_app_id=APP_ID, secret_keys=(SECRET_KEY,), _env_file=None)
    written = create_app(settings).test_cli_runner().invoke(args=["forge", "package", str(FOLDER)])
    assert written.exit_code == 0, written.output
    install = [npm, "install", "--silent", "--prefer-offline", "--ignore-scripts"]
    if subprocess.run(install, cwd=FOLDER, capture_output=True, timeout=300).returncode != 0:
        pytest.skip("npm did not give what package.json names")
    subprocess.run([npm, "run", "--silent", "build"], cwd=FOLDER, check=True, timeout=100)
    site.journey.atlassian.do("POST", "/forge/install", {"products": ["jira"]})
    return FOLDER


def hosted(page: Page, site: Site, built: Path, account: str = "alice", **host: Any) -> Page:
    """The page as Forge hosts it. `bearer`: the module that its tokens name; `rejects`: how the host tells errors."""
    given = {"moduleKey": "prospects-page", "account": account, "issue": None, "rejects": True} | host
    given = {"bearer": given["moduleKey"]} | given

    def serve(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        route.fulfill(path=built / "static" / "pages" / name, headers=POLICY)

    page.route(f"{site.atlassian}{PLACE}/*", serve)
    page.add_init_script(f"Object.assign(window, {json.dumps(given)});{HOST}")
    page.goto(f"{site.atlassian}{PLACE}/index.html")
    return page


def test_atlassians_own_check_of_a_manifest_has_nothing_to_say(built: Path) -> None:
    check = """
        const {FullValidationProcessor, ProductTriggerValidationProcessor} = require("@forge/manifest");
        Promise.all([FullValidationProcessor, ProductTriggerValidationProcessor].map(
          (Check) => new Check({}).process("manifest.yml"))).then((found) => console.log(JSON.stringify(found)));
    """
    node = shutil.which("node") or "node"
    done = subprocess.run([node, "-e", check], cwd=built, check=True, capture_output=True, text=True, timeout=60)
    found = json.loads(done.stdout)
    assert [(one["success"], one["errors"]) for one in found] == [(True, [])] * 2


def test_what_a_browser_loads_stays_small(built: Path) -> None:
    sent = sum(len(gzip.compress(path.read_bytes())) for path in (built / "static" / "pages").iterdir())
    assert sent < LIMIT_BYTES


def test_staff_search_and_read(browser: Browser, site: Site, built: Path) -> None:
    with window(browser) as context:
        page = hosted(context.new_page(), site, built)
        expect(page.get_by_role("heading", level=1)).to_have_text("Prospects")
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.get_by_role("navigation").get_by_role("link").first).to_have_text("Prospects")
        page.get_by_role("searchbox").fill("vermeil")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert complaints(page) == []
        assert page.evaluate("window.themed")
        asked = page.evaluate("window.asked")
        assert asked[0] == "GET /forge/prospects?as=page&lang=fr"
        assert asked[-1] == "GET /forge/prospects?q=vermeil&as=page&lang=fr"


def test_every_page_of_the_menu_comes_and_what_is_public_opens_outside(
    browser: Browser, site: Site, built: Path
) -> None:
    with window(browser) as context:
        page = hosted(context.new_page(), site, built)
        links = page.get_by_role("navigation", name="Fairtrial").get_by_role("link")
        expect(links.first).to_be_visible()
        for link in links.all():
            link.click()
            expect(link).to_have_attribute("aria-current", "page")
            expect(page.get_by_role("alert")).to_have_count(0)
            expect(page.get_by_role("heading", level=1)).to_be_focused()
        page.locator("[data-section=policy]").click()
        page.locator("a[target=_blank]").first.click()
        assert page.evaluate("window.opened") == [f"new-tab {site.app}/policy/fr"]
        assert len(context.pages) == 1


def test_a_form_is_posted_and_a_file_is_saved(browser: Browser, site: Site, built: Path, tmp_path: Path) -> None:
    with window(browser) as context:
        page = hosted(context.new_page(), site, built)
        page.evaluate(f"location.hash = '#/staff/api/prospects/{site.evaluators[3]}'")
        text = "Called back: « oui, mais en décembre »"
        page.locator("textarea[name=text]").fill(text)
        page.locator("form:has(textarea[name=text]) button").click()
        expect(page.get_by_text(text)).to_be_visible()
        posted = next(asked for asked in page.evaluate("window.asked") if asked.startswith("POST "))
        assert posted == f"POST /forge/prospects/{site.evaluators[3]}/notes?as=page&lang=fr"
        page.evaluate("location.hash = '#/staff/api/prospects'")
        form = page.locator("form[data-download]")
        page.locator("details", has=form).first.evaluate("it => { it.open = true; }")
        form.locator("select").select_option("support")
        with page.expect_download() as saved:
            form.locator("button").click()
        saved.value.save_as(tmp_path / "prospects.csv")
        assert (tmp_path / "prospects.csv").read_bytes().startswith(b"\xef\xbb\xbfid,name,email,")


def test_the_panel_tells_of_the_issue_that_it_stands_beside(browser: Browser, site: Site, built: Path) -> None:
    issue = next(one for one in site.journey.atlassian.get("/state/issues") if one["key"] == site.case)
    beside = {"id": issue["id"], "key": issue["key"]}
    with window(browser) as context:
        page = hosted(context.new_page(), site, built, moduleKey="configuration-panel", issue=beside)
        expect(page.locator("[data-view]").first).to_contain_text("PostgreSQL")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert page.evaluate("window.asked") == [f"GET /forge/panel?issueId={issue['id']}&as=page&lang=fr"]


@pytest.mark.parametrize("rejects", [True, False])
def test_somebody_who_is_no_staff_is_refused_in_plain_words(
    browser: Browser, site: Site, built: Path, rejects: bool
) -> None:
    with window(browser) as context:
        page = hosted(context.new_page(), site, built, "bob", rejects=rejects)
        expect(page.get_by_role("alert")).to_contain_text("Cette page est réservée")
        expect(page.get_by_role("navigation", name="Fairtrial")).to_be_hidden()


@pytest.mark.parametrize("rejects", [True, False])
def test_a_token_that_is_refused_is_tried_again_once_and_then_said(
    browser: Browser, site: Site, built: Path, rejects: bool
) -> None:
    with window(browser) as context:
        page = hosted(context.new_page(), site, built, rejects=rejects, bearer="another-page")
        expect(page.get_by_role("alert")).to_contain_text("session")
        assert len(page.evaluate("window.asked")) == 2
