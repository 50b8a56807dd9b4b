"""One page as it has to be, and how to recognise it in Confluence."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connect.confluence import Confluence
from models.register import Language
from services.policy.canonical import body_digest
from services.policy.change_words import HEADING, Change
from services.policy.pages import Known
from services.policy.render import Frame, to_storage
from services.policy.results import BlockedError, Outcome, Target
from services.policy.text import Policy
from services.policy.versions import Edition

RENDERER = "1"
LABELS = ("alkaes-policy", "privacy-policy")
SIBLING = {"fr": "Read this policy in English", "en": "Lire cette politique en français"}
_OTHER: dict[Language, Language] = {"fr": "en", "en": "fr"}
_MESSAGE = re.compile(r"\[ap1:([0-9a-f]{12}):([0-9a-f]{16}|restore)\]")
# The same installation always makes the same marker, so its pages are found even after the database is lost.
_NAMESPACE = uuid.UUID("6f1f6a52-3a3e-5b0e-9f0b-2d9c5d2b8c11")


@dataclass(frozen=True)
class TargetPage:
    """Title and body in full. `digest` is of everything we write, `body_digest` of the canonical body alone."""

    lang: Language
    title: str
    storage: str
    marker: str
    digest: str
    body_digest: str
    edition: Edition

    def message(self, operation: str) -> str:
        """The version message: marker first and short, since Confluence cuts long messages (policy.md 5.5)."""
        return f"[ap1:{operation[:12]}:{self.digest[:16]}] {self.lang} rev {self.edition.number}"

    def restore_message(self, operation: str) -> str:
        """The message of a version that only takes the page out of the bin; its body is still the old one."""
        return f"[ap1:{operation[:12]}:restore] {self.lang}"


def target_page(
    policy: Policy, lang: Language, edition: Edition, target: Target, changes: Sequence[Change] = ()
) -> TargetPage:
    """The page of one language for one version of the policy."""
    document = uuid.uuid5(_NAMESPACE, f"{target.client_key}\0{target.space_key}")
    marker = f"alkaes-policy-{document}-{lang}"
    frame = Frame(
        marker=marker,
        app_url=target.app_url,
        version=edition.words(lang),
        sibling=policy.titles[_OTHER[lang]],
        sibling_label=SIBLING[lang],
        changes=tuple(changes),
        changes_heading=HEADING.in_(lang).format(number=edition.number),
    )
    storage = to_storage(policy, lang, frame)
    title = policy.titles[lang]
    digest = hashlib.sha256("\0".join((RENDERER, title, storage, *LABELS)).encode()).hexdigest()
    return TargetPage(lang, title, storage, marker, digest, body_digest(storage), edition)


def locate(confluence: Confluence, space_id: str, known: Known, page: TargetPage) -> dict[str, Any] | None:
    """Our page: by its known id, else by exact title and marker; None when there is none.

    A page with our title and without our marker is somebody else's: `BlockedError`, never adopted. One of theirs in the
    bin does not count; if it still holds the title, creating ours will tell.
    """
    if known.page_id is not None:
        found = confluence.page(known.page_id)
        if found is not None:
            return found
    ours: dict[str, Any] | None = None
    for listed in confluence.pages_titled(space_id, page.title):
        candidate = confluence.page(str(listed["id"]))
        if candidate is not None and page.marker in body_of(candidate):
            ours = candidate if ours is None or candidate.get("status") == "current" else ours
        elif candidate is None or candidate.get("status") != "trashed":
            archived = candidate is not None and candidate.get("status") == "archived"
            raise BlockedError(Outcome.BLOCKED_ARCHIVED if archived else Outcome.BLOCKED_TITLE)
    return ours


def body_of(head: dict[str, Any]) -> str:
    """The storage body of a page as the API gives it; empty when it gives none."""
    storage = (head.get("body") or {}).get("storage") or {}
    return str(storage.get("value") or "")


def version_of(head: dict[str, Any]) -> int:
    """The number of a page's current version."""
    return int((head.get("version") or {}).get("number") or 1)


def message_of(head: dict[str, Any]) -> tuple[str, str] | None:
    """Operation and digest at the start of the version's message when we wrote that version, else None."""
    found = _MESSAGE.match(str((head.get("version") or {}).get("message") or ""))
    return (found[1], found[2]) if found else None


def is_current(head: dict[str, Any], known: Known, page: TargetPage) -> bool:
    """Does the page show what it has to? By our own marks first, since Confluence may rewrite a body on its own."""
    if head.get("title") != page.title or head.get("status") != "current":
        return False
    message = message_of(head)
    if message is not None and message[1] == page.digest[:16]:
        return True
    if (known.page_version, known.digest) == (version_of(head), page.digest):
        return True
    return body_digest(body_of(head)) == page.body_digest


def is_foreign(head: dict[str, Any], known: Known, page: TargetPage) -> bool:
    """Did somebody else write this version? The first one has no message; it is ours if it is as we know it."""
    if message_of(head) is not None or known.page_version == version_of(head):
        return False
    if version_of(head) == 1 and known.page_version is None and page.marker in body_of(head):
        return False
    return body_digest(body_of(head)) != known.body_digest
