"""Bringing one page of Confluence to what it has to be, whatever happens on the way.

A reply that never came says nothing about the request: after one, the page is read again and the operation's mark
looked for, and only what is certainly not there is sent again (reference: policy.md 5.3 to 5.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connect.confluence import Confluence
from connect.http import UpstreamError
from services.policy.canonical import body_digest, difference
from services.policy.pages import PageRow
from services.policy.results import BlockedError, Outcome, Target
from services.policy.target_page import (
    LABELS,
    TargetPage,
    body_of,
    is_current,
    is_foreign,
    locate,
    version_of,
)

PROPERTY = "alkaes.policy"
WIDTH = "content-appearance-published"
# Seconds to wait before each look at what became of a call that was not answered.
PATIENCE = (2, 5, 15)
UNANSWERED = {"timeout", "unreachable", "server-error", "bad-answer"}
_TITLE_TAKEN = re.compile(r"title already exists|same title", re.IGNORECASE)


@dataclass
class Converged:
    """What was done: the page as it is now, whether its text was written, and how many foreign versions were kept."""

    page_id: str
    page_version: int
    wrote: bool = False
    foreign_edits: int = 0
    verified: bool = True
    public: bool | None = None


class Converger:
    """Works on one page under one lease."""

    def __init__(
        self,
        confluence: Confluence,
        row: PageRow,
        page: TargetPage,
        target: Target,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._confluence = confluence
        self._row = row
        self._page = page
        self._target = target
        self._clock = clock
        self._sleep = sleep
        self._foreign_edits = 0
        self._wrote = False

    def run(self) -> Converged:
        """The page is right at the end; `BlockedError`: a person has to act; `UpstreamError`: Confluence failed."""
        space_id = space_id_of(self._confluence, self._target.space_key)
        head = locate(self._confluence, space_id, self._row.known, self._page) or self._create(space_id)
        done = self._bring_up_to_date(head)
        self._label(done.page_id)
        self._set_property(done.page_id, PROPERTY, self._held_by_us(done))
        self._set_property(done.page_id, WIDTH, "default")
        return done

    def _create(self, space_id: str) -> dict[str, Any]:
        try:
            return self._post(space_id)
        except UpstreamError as error:
            if error.outcome not in UNANSWERED:
                raise
        return self._look_for_lost(space_id) or self._post(space_id)

    def _post(self, space_id: str) -> dict[str, Any]:
        self._row.renew(self._clock())
        self._wrote = True
        try:
            made = self._confluence.create_page(
                space_id=space_id, title=self._page.title, body=self._page.storage, parent_id=self._target.parent_id
            )
        except UpstreamError as error:
            return self._clash(space_id, error)
        self._note(str(made["id"]), version_of(made))
        return self._read(str(made["id"]))

    def _clash(self, space_id: str, error: UpstreamError) -> dict[str, Any]:
        if not _title_taken(error):
            raise error
        found = locate(self._confluence, space_id, self._row.known, self._page)
        if found is None:
            # Somebody's page that we may not see: restricted, or in the bin.
            raise BlockedError(Outcome.BLOCKED_TITLE)
        return found

    def _look_for_lost(self, space_id: str) -> dict[str, Any] | None:
        for seconds in PATIENCE:
            self._sleep(seconds)
            found = locate(self._confluence, space_id, self._row.known, self._page)
            if found is not None:
                return found
        return None

    def _bring_up_to_date(self, head: dict[str, Any]) -> Converged:
        failure: UpstreamError | None = None
        for seconds in (*PATIENCE, 0):
            if head.get("status") == "archived":
                raise BlockedError(Outcome.BLOCKED_ARCHIVED)
            if is_current(head, self._row.known, self._page):
                return self._done(head)
            if is_foreign(head, self._row.known, self._page):
                self._keep(head)
                if self._target.hold:
                    raise BlockedError(Outcome.HELD)
            failure = self._put(head)
            if failure is not None and failure.outcome != "conflict":
                self._sleep(seconds)
            head = self._read(str(head["id"]))
        if is_current(head, self._row.known, self._page):
            return self._done(head)
        raise failure or UpstreamError("conflict")

    def _put(self, head: dict[str, Any]) -> UpstreamError | None:
        """Write the next version. The error of a call that may have been applied, or came too late, is given back."""
        restoring = head.get("status") == "trashed"
        message = (self._page.restore_message if restoring else self._page.message)(self._row.operation)
        self._row.renew(self._clock())
        self._wrote = True
        try:
            self._confluence.update_page(
                page_id=str(head["id"]),
                title=self._page.title,
                body=self._page.storage,
                version=version_of(head) + 1,
                message=message,
            )
        except UpstreamError as error:
            if _title_taken(error):
                raise BlockedError(Outcome.BLOCKED_TITLE) from None
            if error.outcome not in UNANSWERED | {"conflict"}:
                raise
            return error
        # What comes out of the bin is the old body: that version is not noted as the new text.
        if not restoring:
            self._note(str(head["id"]), version_of(head) + 1)
        return None

    def _done(self, head: dict[str, Any]) -> Converged:
        page_id, number = str(head["id"]), version_of(head)
        if (self._row.known.page_id, self._row.known.page_version) != (page_id, number):
            self._note(page_id, number)
        verified = body_digest(body_of(head)) == self._page.body_digest
        public = self._confluence.is_public(head)
        return Converged(page_id, number, self._wrote, self._foreign_edits, verified, public)

    def _keep(self, head: dict[str, Any]) -> None:
        author = (head.get("version") or {}).get("authorId")
        self._row.keep_foreign(
            self._clock(),
            page=head,
            number=version_of(head),
            body=body_of(head),
            author=str(author) if author else None,
            diff=difference(self._page.storage, body_of(head)),
        )
        self._foreign_edits += 1

    def _note(self, page_id: str, number: int) -> None:
        page = self._page
        self._row.holds(
            self._clock(), page_id=page_id, page_version=number, digest=page.digest, body_digest=page.body_digest
        )

    def _read(self, page_id: str) -> dict[str, Any]:
        found = self._confluence.page(page_id)
        if found is None:
            raise UpstreamError("not-found")
        return found

    def _label(self, page_id: str) -> None:
        missing = set(LABELS) - self._confluence.labels(page_id)
        if missing:
            self._confluence.add_labels(page_id, sorted(missing))

    def _held_by_us(self, done: Converged) -> dict[str, Any]:
        """A cache for finding our way after the loss of the database; the truth is in the version's message."""
        page = self._page
        return {
            "schema": 1,
            "doc": page.marker,
            "lang": page.lang,
            "revision": page.edition.number,
            "digest": page.digest,
            "page_version": done.page_version,
        }

    def _set_property(self, page_id: str, key: str, value: Any) -> None:
        for last_try in (False, True):
            held = self._confluence.page_property(page_id, key)
            if held is not None and held.get("value") == value:
                return
            property_id = str(held["id"]) if held is not None else None
            number = version_of(held) + 1 if held is not None else None
            try:
                self._confluence.set_page_property(page_id, key, value, property_id=property_id, version=number)
            except UpstreamError as error:
                if error.outcome != "conflict" or last_try:
                    raise
            else:
                return


def space_id_of(confluence: Confluence, space_key: str) -> str:
    """The id of the space; `BlockedError` when it is not there for us."""
    space = confluence.space(space_key)
    if space is None:
        raise BlockedError(Outcome.BLOCKED_SPACE)
    return str(space["id"])


def _title_taken(error: UpstreamError) -> bool:
    return error.outcome == "bad-request" and _TITLE_TAKEN.search(error.title or "") is not None
