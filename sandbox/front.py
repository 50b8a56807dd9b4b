"""The pages for people: what to try, Jira and Confluence around the app, and the bridge script for its frames."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sandbox import adf, hosting
from sandbox.accounts import Account
from sandbox.beans import STATUSES
from sandbox.confluence_beans import page_links
from sandbox.context import world
from sandbox.issues import PROJECTS, Issue
from sandbox.live import lines
from sandbox.pages import Page
from sandbox.render import rendered
from sandbox.texts import LANGUAGES, Texts, choose

blueprint = Blueprint("front", __name__)
USERS = ("alice", "olivia", "bob")
THEMES = ("light", "dark")
CHOICES = ("account", "theme", "lang")


def _choice(name: str, known: tuple[str, ...], default: str) -> str:
    """From the address, else the default. No cookie: those of localhost would reach the app on its other port."""
    wanted = request.args.get(name, "")
    return wanted if wanted in known else default


def _page(template: str, **values: Any) -> Response:
    """A page in its language and theme, for its account; nothing from elsewhere may load."""
    lang = _choice("lang", LANGUAGES, choose(request.headers.get("Accept-Language", "")))
    settings = {"lang": lang, "theme": _choice("theme", THEMES, "light"), "account": _choice("account", USERS, "alice")}
    tenant = world().tenants["jira"]
    shared = {
        "t": Texts(lang),
        "installed": tenant.secret is not None,
        "app_url": world().settings.app_url,
        "app_name": tenant.descriptor.get("name", "Fairtrial"),
        "users": [world().account(name) for name in USERS],
        "go": _address,
        **settings,
    }
    response = Response(render_template(template, **shared, **values))
    frames = {_origin(world().settings.app_url), _origin(tenant.app_base_url)} - {""}
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; img-src 'self' data:; frame-src {' '.join(sorted(frames))}; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _address(path: str, **more: str) -> str:
    """A link that keeps the choices made so far."""
    query = urlencode({name: request.args[name] for name in CHOICES if name in request.args} | more)
    return f"{path}?{query}" if query else path


def _user() -> Account:
    return world().account(_choice("account", USERS, "alice"))


@blueprint.get("/")
def start() -> ResponseReturnValue:
    here = world()
    with here.lock:
        cases = sorted(here.issues.by_key.values(), key=lambda issue: issue.created, reverse=True)[:8]
        pages = [(page, page_links(here.wiki, page)["webui"]) for page in _public_pages()]
    return _page("start.html", cases=cases, pages=pages, counts=len(here.reports.licences))


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """What happened after a number, in words: `{"lines", "after"}`."""
    journal = world().journal
    newest = journal.newest()
    found = lines(journal, Texts(_choice("lang", LANGUAGES, "en")), request.args.get("after", 0, int))
    return jsonify({"lines": found, "after": newest})


def _frame(key: str, issue: Issue | None = None) -> dict[str, str] | None:
    """What a template needs to frame a module; None when the app is not installed or has no such page."""
    tenant, user = world().tenants["jira"], _user()
    extra = {name.removeprefix("ac."): value for name, value in request.args.items() if name.startswith("ac.")}
    try:
        url = hosting.page_url(tenant, key, user, issue=issue, extra=extra)
    except hosting.NoSuchModuleError:
        return None
    found = {"url": url, "origin": _origin(tenant.app_base_url), "key": key, "app_key": tenant.app_key}
    return found | {"issue": issue.key if issue else "", "account": user.short, "account_id": user.account_id}


def _named(kind: str) -> list[dict[str, str]]:
    """Key and name of the app's modules of one kind, but those that no menu shows."""
    modules = world().tenants["jira"].descriptor.get("modules", {}).get(kind, [])
    shown = [module for module in modules if module.get("location") != "none"]
    return [{"key": module["key"], "name": str(module.get("name", {}).get("value", module["key"]))} for module in shown]


@blueprint.get("/jira")
def jira_home() -> ResponseReturnValue:
    """Jira with one of the app's general pages in its frame."""
    with world().lock:
        modules, cases = _named("generalPages"), list(world().issues.by_key.values())
        key = request.args.get("module") or (modules[0]["key"] if modules else "")
        frame = _frame(key) if key else None
    return _page("jira.html", modules=modules, module=key, frame=frame, cases=cases)


@blueprint.get("/jira/browse/<key>")
def jira_issue(key: str) -> ResponseReturnValue:
    """One issue, and the app's panel beside it."""
    with world().lock:
        issue = world().issues.find(key)
        if issue is None:
            return _page("missing.html"), 404
        panels = [(module, _frame(module["key"], issue)) for module in _named("jiraIssueContexts")]
        return _page(
            "issue.html",
            modules=_named("generalPages"),
            module="",
            issue=issue,
            description=adf.plain(issue.description),
            environment=adf.plain(issue.environment),
            comments=[(comment, adf.plain(comment.body)) for comment in issue.comments],
            panels=[(module, frame) for module, frame in panels if frame],
            statuses=list(STATUSES),
            project=PROJECTS[issue.project_key][1],
            cases=list(world().issues.by_key.values()),
        )


def _public_pages() -> list[Page]:
    """What somebody without an account may read: current pages that nobody restricted."""
    pages = world().wiki.pages.values()
    return [page for page in pages if page.status == "current" and not _is_restricted(page)]


def _is_restricted(page: Page) -> bool:
    held = page.restrictions.get("read", {})
    return bool(held.get("user") or held.get("group"))


@blueprint.get("/wiki")
@blueprint.get("/wiki/")
def wiki_home() -> ResponseReturnValue:
    wiki = world().wiki
    with world().lock:
        pages = [(page, wiki.spaces[page.space_id], page_links(wiki, page)["webui"]) for page in _public_pages()]
    return _page("wiki.html", pages=pages)


@blueprint.get("/wiki/spaces/<space>/pages/<page_id>")
@blueprint.get("/wiki/spaces/<space>/pages/<page_id>/<path:slug>")
def wiki_page(space: str, page_id: str, slug: str = "") -> ResponseReturnValue:
    """A page as a customer without an account reads it."""
    wiki = world().wiki
    with world().lock:
        page = wiki.pages.get(page_id)
        if page is None or page not in _public_pages() or wiki.spaces[page.space_id].key != space:
            return _page("missing.html"), 404
        body = rendered(page.head.body, _by_title)
        author = world().accounts.get(page.head.author)
        return _page("page.html", page=page, space=wiki.spaces[page.space_id], body=body, author=author)


def _by_title(title: str) -> str | None:
    wiki = world().wiki
    found = next((page for page in _public_pages() if page.title.casefold() == title.casefold()), None)
    return "/wiki" + page_links(wiki, found)["webui"] if found else None


@blueprint.get("/wiki/spaces/<space>")
def wiki_space(space: str) -> ResponseReturnValue:
    return redirect("/wiki")


@blueprint.get("/all.js")
def bridge() -> ResponseReturnValue:
    """Our own small stand-in of the bridge; the app loads it in its frames instead of Atlassian's."""
    response = current_app.send_static_file("bridge.js")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/favicon.ico")
def no_icon() -> ResponseReturnValue:
    return "", 204
