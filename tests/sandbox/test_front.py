"""Frames as a host builds them, the bridge, and the pages for people."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connect import tokens
from sandbox import Sandbox
from sandbox.render import rendered
from sandbox.texts import LANGUAGES, TEXTS, choose
from tests.sandbox.conftest import Client, Control, TinyApp


def _page(sandbox: Sandbox, path: str, **options: str) -> requests.Response:
    return requests.get(sandbox.url + path, headers=options, timeout=10)


def test_a_frame_address_is_signed_with_all_its_parameters(installed: Control, sandbox: Sandbox, app: TinyApp) -> None:
    case = installed("POST", "/cases", {"summary": "Help"})
    url = installed("GET", f"/page-url?module=configuration&account=alice&issue={case['key']}")["url"]
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert query["issueId"] == [case["id"]]
    assert (query["xdm_e"], query["lic"], query["cp"]) == ([sandbox.url], ["active"], [""])
    raw = url.removeprefix(app.url)
    secret = sandbox.world.tenants["jira"].secret or ""
    claims = tokens.verify_request(
        query["jwt"][0], [secret], method="GET", raw_url=raw, base_url=app.url, now=int(time.time())
    )
    assert claims.subject == sandbox.world.account("alice").account_id
    assert claims.context["jira"]["issue"] == {"id": case["id"], "key": case["key"], "issuetype": {"id": "10001"}}
    assert claims.expires_at - claims.issued_at == 900


def test_page_variables_are_escaped(installed: Control) -> None:
    url = installed("GET", "/page-url", params={"module": "prospect", "ac.id": "a b&c=1"})["url"]
    assert "id=a%20b%26c%3D1&" in url
    assert requests.get(installed.base + "/page-url?module=nope", timeout=5).status_code == 404


def test_a_context_token_has_the_literal_hash(installed: Control, sandbox: Sandbox) -> None:
    token = installed("GET", "/context-token?account=bob")["token"]
    claims = tokens.verify_context(token, [sandbox.world.tenants["jira"].secret or ""], now=int(time.time()))
    assert claims.subject == sandbox.world.account("bob").account_id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_front_speaks_both_languages(installed: Control, sandbox: Sandbox, lang: str) -> None:
    key = installed("POST", "/cases", {"summary": "<script>alert(1)</script>", "comment": "<b>"})["key"]
    for path in ("/", "/jira", f"/jira/browse/{key}", "/wiki"):
        page = _page(sandbox, path, **{"Accept-Language": f"{lang}-XX,{lang};q=0.9"})
        assert page.status_code == 200
        assert f'<html lang="{lang}"' in page.text
        assert "<script>alert" not in page.text
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_jira_frames_the_app_and_the_issue_its_panel(installed: Control, sandbox: Sandbox, app: TinyApp) -> None:
    key = installed("POST", "/cases", {"summary": "Help"})["key"]
    home, issue = _page(sandbox, "/jira?account=olivia").text, _page(sandbox, f"/jira/browse/{key}").text
    assert f'src="{app.url}/staff/prospects?xdm_e=' in home
    assert 'data-account="olivia"' in home
    assert f'data-issue="{key}"' in issue
    assert f"frame-src {app.url}" in _page(sandbox, "/jira").headers["Content-Security-Policy"]


def test_nothing_is_framed_before_the_app_is_installed(sandbox: Sandbox) -> None:
    assert "<iframe" not in _page(sandbox, "/jira").text


def test_the_bridge_is_served(sandbox: Sandbox) -> None:
    answer = _page(sandbox, "/all.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "window.AP" in answer.text


def test_a_customer_reads_a_page_but_not_a_restricted_one(call: Client, installed: Control, sandbox: Sandbox) -> None:
    body = '<ac:structured-macro ac:name="toc"/><h2>Durée &amp; droits</h2><p>trois ans</p>'
    page = installed("POST", "/pages", {"title": "Politique", "body": body})
    address = "/wiki" + page["_links"]["webui"]
    shown = _page(sandbox, address).text
    assert '<a href="#durée-droits">Durée &amp; droits</a>' in shown
    assert "trois ans" in shown
    sandbox.world.wiki.pages[page["id"]].restrictions = {"read": {"user": [{"accountId": "x"}], "group": []}}
    assert _page(sandbox, address).status_code == 404


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p onclick='x'>a<script>b</script></p>", "<p>a</p>"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href="https://example.org/?a=1&amp;b=2">x</a>', '<a href="https://example.org/?a=1&amp;b=2">x</a>'),
        ('<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">a"b</ac:parameter></ac:structured-macro>',
         '<span id="a&quot;b"></span>'),
        ('<ac:link ac:anchor="top"><ac:plain-text-link-body><![CDATA[up <b>]]></ac:plain-text-link-body></ac:link>',
         '<a href="#top">up &lt;b&gt;</a>'),
        ('<ac:link><ri:page ri:content-title="Other"/></ac:link>', '<a href="/other">Other</a>'),
        ("<p>a&nbsp;b &lt;i&gt;</p>", "<p>a\xa0b &lt;i&gt;</p>"),
    ],
)  # fmt: skip
def test_storage_is_shown_safely(markup: str, expected: str) -> None:
    assert rendered(markup, lambda title: "/other" if title == "Other" else None) == expected


def test_the_front_tells_live_what_the_app_does(installed: Control, sandbox: Sandbox) -> None:
    before = _page(sandbox, "/live?after=0&lang=en").json()["after"]
    installed("POST", "/events", {"licences": [0], "flaw": "wrong-signature"})
    told = _page(sandbox, f"/live?after={before}&lang=fr").json()
    assert [line["text"].split(" :")[0] for line in told["lines"]] == ["Message licence.observed"]
    assert told["after"] > before
    assert _page(sandbox, f"/live?after={told['after']}&lang=fr").json()["lines"] == []


def test_every_text_is_in_both_languages() -> None:
    assert all(len(pair) == 2 and all(pair) for pair in TEXTS.values())
    assert [choose(header) for header in ("fr-FR,fr;q=0.9,en;q=0.5", "de,en;q=0.8,fr;q=0.3", "", "x;q=abc")] == [
        "fr", "en", "en", "en",
    ]  # fmt: skip
