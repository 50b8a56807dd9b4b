"""The JSON shapes of Confluence REST v2."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from sandbox.pages import Page, Property, Space, Version, Wiki


def created_at(when: datetime) -> str:
    """Confluence's way to write a time: `2026-07-03T13:48:15.974Z`."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def multi(
    beans: list[dict[str, Any]], path: str, query: MultiDict[str, str], start: int, limit: int, base_url: str
) -> dict[str, Any]:
    """A multi-entity result; `_links.next` is there when more is."""
    links = {"base": base_url}
    if start + limit < len(beans):
        kept = [(name, value) for name, value in query.items(multi=True) if name not in ("cursor", "jwt")]
        links["next"] = f"{path}?{urlencode([*kept, ('cursor', str(start + limit))])}"
    return {"results": beans[start : start + limit], "_links": links}


def space_bean(space: Space, author: str) -> dict[str, Any]:
    return {
        "id": space.space_id,
        "key": space.key,
        "name": space.name,
        "type": "knowledge_base",
        "status": "current",
        "authorId": author,
        "homepageId": space.homepage_id,
        "_links": {"webui": f"/spaces/{space.key}"},
    }


def page_links(wiki: Wiki, page: Page) -> dict[str, str]:
    slug = quote(re.sub(r"\s+", "+", page.title), safe="+")
    return {
        "base": wiki.base_url,
        "webui": f"/spaces/{wiki.spaces[page.space_id].key}/pages/{page.page_id}/{slug}",
        "editui": f"/pages/resumedraft.action?draftId={page.page_id}",
        "tinyui": f"/x/{page.page_id}",
    }


def version_bean(page: Page, version: Version, *, body: bool = False) -> dict[str, Any]:
    """Version, with the page's body at that time where asked for (PageVersion)."""
    bean: dict[str, Any] = {
        "number": version.number,
        "message": version.message,
        "minorEdit": False,
        "authorId": version.author,
        "createdAt": created_at(version.created),
    }
    if body:
        bean["page"] = {"title": version.title, "id": page.page_id, "body": _body(version)}
    return bean


def _body(version: Version) -> dict[str, Any]:
    return {"storage": {"representation": "storage", "value": version.body}}


def property_bean(found: Property) -> dict[str, Any]:
    version = {
        "number": found.number,
        "message": found.message,
        "minorEdit": False,
        "createdAt": created_at(found.created),
    }
    return {"id": found.property_id, "key": found.key, "value": found.value, "version": version}


def label_beans(page: Page) -> list[dict[str, Any]]:
    return [{"id": label_id, "name": name, "prefix": "global"} for name, label_id in sorted(page.labels.items())]


def page_bean(
    wiki: Wiki,
    page: Page,
    *,
    number: int | None = None,
    body: bool = False,
    single: bool = False,
    includes: Sequence[str] = (),
) -> dict[str, Any]:
    """PageSingle, or PageBulk when not `single`. `number` picks an older version."""
    version = page.head if number is None else page.versions[number - 1]
    links = page_links(wiki, page)
    bean: dict[str, Any] = {
        "id": page.page_id,
        "status": page.status if version is page.head else "historical",
        "title": version.title,
        "spaceId": page.space_id,
        "parentId": page.parent_id,
        "parentType": "page" if page.parent_id else None,
        "position": 1980,
        "authorId": page.versions[0].author,
        "ownerId": page.versions[0].author,
        "createdAt": created_at(page.versions[0].created),
        "version": version_bean(page, version),
        "_links": links if single else {name: link for name, link in links.items() if name != "base"},
    }
    if body:
        bean["body"] = _body(version)
    optional = {
        "labels": lambda: label_beans(page),
        "properties": lambda: [property_bean(found) for found in page.properties.values()],
        "versions": lambda: [version_bean(page, found) for found in page.versions],
    }
    for name in includes:
        bean[name] = {"results": optional[name](), "meta": {"hasMore": False, "cursor": ""}, "_links": {"self": ""}}
    return bean
