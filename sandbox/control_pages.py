"""Control calls about Confluence: pages made, edited and moved by people who are not the app."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from sandbox.confluence_beans import page_bean
from sandbox.context import world
from sandbox.control_content import wish_of_call
from sandbox.pages import Page, TitleTakenError
from sandbox.refusals import json_answer
from sandbox.state import World

blueprint = Blueprint("control_pages", __name__)


def _shown(page: Page, status: int = 200) -> ResponseReturnValue:
    return json_answer(page_bean(world().wiki, page, body=True, single=True), status)


@blueprint.post("/pages")
def make_page() -> ResponseReturnValue:
    wish, here = wish_of_call(), world()
    with here.lock:
        space = here.wiki.space(str(wish.get("space") or "LEGAL"))
        if space is None:
            raise KeyError(wish.get("space"))
        author = here.account(str(wish.get("account") or "stranger")).account_id
        try:
            page = here.wiki.create(
                space.space_id, str(wish["title"]), str(wish.get("body") or ""), space.homepage_id, author
            )
        except TitleTakenError:
            raise ValueError("the title is taken") from None
        return _shown(page, 201)


def _page(here: World, page_id: str) -> Page:
    return here.wiki.pages[page_id]


@blueprint.put("/pages/<page_id>")
def edit_page(page_id: str) -> ResponseReturnValue:
    """An edit in the browser by somebody who is not the app."""
    wish, here = wish_of_call(), world()
    with here.lock:
        page = _page(here, page_id)
        body = str(wish.get("body") or page.head.body) + str(wish.get("append") or "")
        author = here.account(str(wish.get("account") or "stranger")).account_id
        try:
            here.wiki.update(page, str(wish.get("title") or page.title), body, str(wish.get("message") or ""), author)
        except TitleTakenError:
            raise ValueError("the title is taken") from None
        return _shown(page)


@blueprint.post("/pages/<page_id>/status")
def move_page(page_id: str) -> ResponseReturnValue:
    status, here = wish_of_call().get("status"), world()
    with here.lock:
        page = _page(here, page_id)
        if status == "purged":
            del here.wiki.pages[page_id]
        elif status in ("current", "archived", "trashed"):
            page.status = status
        else:
            raise ValueError("status is current, archived, trashed or purged")
        return _shown(page)
