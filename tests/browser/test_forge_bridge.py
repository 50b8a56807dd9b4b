"""The pages without Connect: Forge's front end gives its own bridge, and every call goes through Forge's door."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import Site, complaints, window

# What a page of Forge does before our script: `@forge/bridge` is put where the script looks for it. Its calls go by
# Atlassian, which adds the invocation token; the sandbox does that here.
BRIDGE = """
window.remotes = [];
window.fairtrialForge = {
  view: {getContext: async () => ({locale: "fr_FR"}), theme: {enable: async () => { window.themed = true; }}},
  requestRemote: async (remote, {path, method, headers, body}) => {
    window.remotes.push(`${remote} ${method} ${path}`);
    const who = {module: "prospects-page", account: window.account};
    const wish = {method, path, headers, ...who, ...(body && {text: String(body)})};
    const asked = {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(wish)};
    const answer = await (await fetch("/_sandbox/forge/call", asked)).json();
    const kind = {"Content-Type": answer.headers["Content-Type"]};
    return new Response(answer.body, {status: answer.status, headers: kind});
  },
};
"""


def alone(page: Page, site: Site, account: str) -> None:
    """The shell as a page of its own, with no host around it."""
    url = site.journey.atlassian.get("/page-url", module="prospects", account=account)["url"]
    shell = page.request.get(url).text().replace('"/static/', f'"{site.app}/static/')
    page.add_init_script(f"window.account = {account!r};{BRIDGE}")
    page.goto(f"{site.atlassian}/_sandbox/state")
    page.set_content(shell)


def test_staff_work_through_forges_bridge_alone(browser: Browser, site: Site) -> None:
    site.journey.atlassian.do("POST", "/forge/install", {"products": ["jira"]})
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, "alice")
        expect(page.get_by_role("heading", level=1)).to_have_text("Prospects")
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        page.get_by_role("searchbox").fill("vermeil")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert complaints(page) == []
        assert page.evaluate("window.themed")
        asked = page.evaluate("window.remotes")
        assert asked[0] == "connect GET /forge/prospects" and asked[-1] == "connect GET /forge/prospects?q=vermeil"


def test_somebody_who_is_no_staff_is_refused_there_too(browser: Browser, site: Site) -> None:
    with window(browser) as context:
        page = context.new_page()
        alone(page, site, "bob")
        expect(page.get_by_role("alert")).to_contain_text("This page is for staff")
        expect(page.get_by_role("navigation", name="Fairtrial")).to_be_hidden()
