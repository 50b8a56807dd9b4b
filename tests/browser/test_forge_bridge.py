"""The pages without Connect, with Atlassian's own `@forge/bridge` from npm between them and Forge's door.

It is installed and bundled into the folder of the virtual environment and never committed. Its host alone, Atlassian's
page around it, is stood in for, by the contract that their reference of `invokeRemote` gives (docs/forge.md).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import Site, complaints, window

PACKAGES = ("@forge/bridge@7.2.0", "esbuild@0.28.2")
FOLDER = Path(sys.prefix) / "forge-bridge"
ENTRY = """import { invokeRemote, view } from "@forge/bridge";
window.fairtrialForge = { invokeRemote, view };
"""
# What the bridge finds when it is loaded, and what it asks of it. Of the headers that a page sets none gets through.
HOST = """
window.remotes = [];
const invoke = async ({invokeType, path, method, headers, body}) => {
  if (invokeType !== "ui-remote-fetch") throw new Error(invokeType);
  window.remotes.push(`${method} ${path}`);
  const wish = {module: window.module, account: window.account, issue: window.issue, method, path};
  const text = body === undefined ? {} : {text: JSON.stringify(body)};
  const kept = {"Accept": "*/*", "Content-Type": "text/plain"};
  const asked = {method: "POST", headers: {"Content-Type": "application/json"}};
  const sent = {...asked, body: JSON.stringify({...wish, ...text, headers: kept})};
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
  if (name === "getContext") return {locale: "fr_FR"};
  if (name === "enableTheming") { window.themed = true; return; }
  if (name !== "invoke") throw new Error(`the host knows no ${name}`);
  try {
    return {success: true, payload: await invoke(given)};
  } catch (error) {
    // The reference has such calls rejected; as the bridge is written, the host may also hand the error over.
    if (window.rejects) throw error;
    return {success: false, error: {message: error.message}};
  }
}};
"""


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The bridge as a page of Forge gets it; the tests are skipped, saying so, where npm can't give it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm, so Atlassian's own bridge can't be had")
    FOLDER.mkdir(exist_ok=True)
    if not (FOLDER / "node_modules" / "@forge" / "bridge").exists():
        install = [npm, "install", "--silent", "--no-save", "--ignore-scripts", *PACKAGES]
        if subprocess.run(install, cwd=FOLDER, capture_output=True, timeout=300).returncode != 0:
            pytest.skip(f"npm did not give {' and '.join(PACKAGES)}")
    (FOLDER / "entry.js").write_text(ENTRY)
    made = FOLDER / "bundle.js"
    build = ["node_modules/.bin/esbuild", "entry.js", "--bundle", f"--outfile={made}", "--log-level=error"]
    subprocess.run(build, cwd=FOLDER, check=True, timeout=100)
    return made


def alone(page: Page, site: Site, bundle: Path, account: str, shell_of: str = "prospects", **host: Any) -> None:
    """The shell as a page of its own, with no host of Connect's around it."""
    place = {"module": shell_of, "account": account} | ({"issue": host["issue"]} if "issue" in host else {})
    url = site.journey.atlassian.get("/page-url", **place)["url"]
    shell = page.request.get(url).text().replace('"/static/', f'"{site.app}/static/')
    host = {"module": "prospects-page", "account": account, "rejects": True} | host
    page.add_init_script(f"Object.assign(window, {json.dumps(host)});")
    page.add_init_script(HOST)
    page.add_init_script(path=bundle)
    page.goto(f"{site.atlassian}/_sandbox/state")
    page.set_content(shell)


@pytest.fixture(scope="module", autouse=True)
def installed(site: Site) -> None:
    site.journey.atlassian.do("POST", "/forge/install", {"products": ["jira"]})


def test_staff_search_and_read_through_forges_own_bridge(browser: Browser, site: Site, bundle: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, bundle, "alice")
        expect(page.get_by_role("heading", level=1)).to_have_text("Prospects")
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        page.get_by_role("searchbox").fill("vermeil")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert complaints(page) == []
        assert page.evaluate("window.themed")
        asked = page.evaluate("window.remotes")
        assert asked[0] == "GET /forge/prospects?as=page&lang=fr"
        assert asked[-1] == "GET /forge/prospects?q=vermeil&as=page&lang=fr"


def test_every_page_of_the_menu_comes_that_way(browser: Browser, site: Site, bundle: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, bundle, "alice")
        links = page.get_by_role("navigation", name="Fairtrial").get_by_role("link")
        expect(links.first).to_be_visible()
        for link in links.all():
            link.click()
            expect(link).to_have_attribute("aria-current", "page")
            expect(page.get_by_role("alert")).to_have_count(0)
            expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_form_is_posted_and_a_file_is_saved(browser: Browser, site: Site, bundle: Path, tmp_path: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, bundle, "alice")
        page.evaluate(f"location.hash = '#/staff/api/prospects/{site.evaluators[3]}'")
        text = "Called back: « oui, mais en décembre »"
        page.locator("textarea[name=text]").fill(text)
        page.locator("form:has(textarea[name=text]) button").click()
        expect(page.get_by_text(text)).to_be_visible()
        posted = next(asked for asked in page.evaluate("window.remotes") if asked.startswith("POST "))
        assert posted.startswith(f"POST /forge/prospects/{site.evaluators[3]}/notes?")
        page.evaluate("location.hash = '#/staff/api/prospects'")
        form = page.locator("form[data-download]")
        page.locator("details", has=form).first.evaluate("it => { it.open = true; }")
        form.locator("select").select_option("support")
        with page.expect_download() as saved:
            form.locator("button").click()
        saved.value.save_as(tmp_path / "prospects.csv")
        assert (tmp_path / "prospects.csv").read_bytes().startswith(b"\xef\xbb\xbfid,name,email,")


def test_the_panel_of_an_issue_comes_that_way_too(browser: Browser, site: Site, bundle: Path) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, bundle, "alice", "configuration", module="configuration-panel", issue=site.case)
        expect(page.locator("[data-view]").first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        assert page.evaluate("window.remotes")[0].startswith("GET /forge/panel?issueId=")


@pytest.mark.parametrize("rejects", [True, False])
def test_somebody_who_is_no_staff_is_refused_there_too(
    browser: Browser, site: Site, bundle: Path, rejects: bool
) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, bundle, "bob", rejects=rejects)
        expect(page.get_by_role("alert")).to_contain_text("This page is for staff")
        expect(page.get_by_role("navigation", name="Fairtrial")).to_be_hidden()


@pytest.mark.parametrize("rejects", [True, False])
def test_a_token_that_is_refused_is_tried_again_once_and_then_said(
    browser: Browser, site: Site, bundle: Path, rejects: bool
) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, bundle, "alice", rejects=rejects, module="another-page")
        expect(page.get_by_role("alert")).to_contain_text("session")
        assert len(page.evaluate("window.remotes")) == 2
