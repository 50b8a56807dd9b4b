"""Confluence's spaces and pages: versions, properties, labels and restrictions, as the real one keeps them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.storage import normalised

MAX_MESSAGE_CHARS = 255
PAGE_PATH = re.compile(r"^/wiki/(?:api/v2/pages|rest/api/content)/(\d+)")
ADMIN = "712020:5a5dbb0c-0000-4000-8000-000000000001"
WELCOME = "<p>Notices and policies of Alkaes Consulting, in French and in English.</p>"


class TitleTakenError(Exception):
    """Another page of the space has this title already, whatever its case."""


@dataclass
class Version:
    number: int
    title: str
    body: str
    message: str
    author: str
    created: datetime


@dataclass
class Property:
    property_id: str
    key: str
    value: Any
    number: int = 1
    message: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Page:
    page_id: str
    space_id: str
    parent_id: str | None
    versions: list[Version]
    status: str = "current"
    properties: dict[str, Property] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    restrictions: dict[str, Any] = field(default_factory=dict)

    @property
    def head(self) -> Version:
        return self.versions[-1]

    @property
    def title(self) -> str:
        return self.head.title

    def property_by_key(self, key: str) -> Property | None:
        return next((found for found in self.properties.values() if found.key == key), None)


@dataclass
class Space:
    space_id: str
    key: str
    name: str
    homepage_id: str = ""


class Wiki:
    """One Confluence. Bodies are normalised as they come in."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._ids = itertools.count(39_223_300, 7)
        self.spaces: dict[str, Space] = {}
        self.pages: dict[str, Page] = {}
        for key, name in (("LEGAL", "Alkaes: legal"), ("TEAM", "Alkaes: team")):
            space = Space(self.new_id(), key, name)
            self.spaces[space.space_id] = space
            space.homepage_id = self.create(space.space_id, f"{name} home", WELCOME, None, ADMIN).page_id

    def new_id(self) -> str:
        return str(next(self._ids))

    def space(self, key: str) -> Space | None:
        return next((space for space in self.spaces.values() if space.key.lower() == key.lower()), None)

    def require_free(self, space_id: str, title: str, own_id: str = "") -> None:
        """TitleTakenError when a current or archived page of the space has the title; hidden ones count too."""
        for page in self.pages.values():
            taken = page.space_id == space_id and page.status in ("current", "archived") and page.page_id != own_id
            if taken and page.title.casefold() == title.casefold():
                raise TitleTakenError

    def create(self, space_id: str, title: str, body: str, parent_id: str | None, author: str) -> Page:
        self.require_free(space_id, title)
        first = Version(1, title, normalised(body), "", author, datetime.now(UTC))
        page = Page(self.new_id(), space_id, parent_id, [first])
        self.pages[page.page_id] = page
        # A real page carries keys of Confluence's own; a client must not take them for its own.
        for key in ("page-title-property-draft", "page-title-property-published"):
            self.add_property(page, key, title)
        return page

    def update(self, page: Page, title: str, body: str, message: str, author: str) -> Version:
        """The next version. A trashed page only comes back; its body stays, as the official document says."""
        self.require_free(page.space_id, title, page.page_id)
        kept = page.head.body if page.status == "trashed" else normalised(body)
        number = page.head.number + 1
        version = Version(number, title, kept, message[:MAX_MESSAGE_CHARS], author, datetime.now(UTC))
        page.versions.append(version)
        page.status = "current"
        return version

    def add_property(self, page: Page, key: str, value: Any) -> Property:
        added = Property(self.new_id(), key, value)
        page.properties[added.property_id] = added
        return added

    def foreign_edit(self, path: str, author: str) -> None:
        """A stranger edits the page that a request is about, just before the request is applied."""
        match = PAGE_PATH.match(path)
        page = self.pages.get(match[1]) if match else None
        if page is not None:
            self.update(page, page.title, page.head.body + "<p>Someone was here.</p>", "", author)
