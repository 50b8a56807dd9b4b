"""Where the policy is published, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.register import Language


class Outcome(StrEnum):
    """How it went for one language.

    `pending` is said by `plan` alone: there is something to write. `held`: somebody has edited the page, their version
    is kept, and by the setting a person decides what becomes of it.
    """

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    BLOCKED_TITLE = "blocked_title"
    BLOCKED_ARCHIVED = "blocked_archived"
    BLOCKED_SPACE = "blocked_space"
    RETRY_LATER = "retry_later"
    REFUSED = "refused"
    HELD = "held"
    PENDING = "pending"


@dataclass(frozen=True)
class Target:
    """Where to publish: the site's client key, a space, below which page (else at its root), and our own URL.

    `hold`: leave a page alone that somebody else has edited, instead of putting the policy back.
    """

    client_key: str
    space_key: str
    parent_id: str | None = None
    app_url: str = ""
    hold: bool = False


@dataclass(frozen=True)
class Publication:
    """The result for one language.

    `foreign_edits`: versions by others that were kept as snapshots on the way. `verified`: what Confluence gave back is
    what it was sent. `public`: does somebody without an account see the page (None: not known)? `difference`: what
    `plan` would change in the text of the page, as a unified diff. `retry_after`: seconds. `reason`: the name of an
    upstream error, or of what is in the way.
    """

    lang: Language
    outcome: Outcome
    policy_version: int
    page_id: str | None = None
    page_version: int | None = None
    foreign_edits: int = 0
    verified: bool = True
    retry_after: int | None = None
    reason: str | None = None
    public: bool | None = None
    difference: str = ""


class BlockedError(Exception):
    """A person has to act first; `outcome` is one of the `blocked_…`."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
