"""The privacy policy: its text, its renderings, its versions, and its pages in Confluence.

    check(policy_dir, vendor) -> list[Finding]
        findings `{"rule", "severity", "lang", "where", "message"}`; publish only when none is an `error`
    load(policy_dir, register, vendor) -> Policy
        `PolicyError` names file and line; `Policy` has `titles`, `clauses` (both by language) and `digest`
    render(policy, lang, form, frame=None) -> str
        form `html` (fragment), `storage` (Confluence) or `text`
    record(session, policy, now, effective_at=None) -> Edition
        the version with this text, a new one when the digest is new; `upcoming`, `latest`, `in_force`, `edition`,
        `editions`, `text_of` and `changes` read them
    diff(session, policy) -> {lang: [Change]}
        what `policy` changes against the latest version, clause by clause
    plan(session, confluence, policy, target, now=…) -> [Publication]
        what `publish` would do: `pending`, `unchanged`, or what is in the way; writes nothing
    publish(transaction, confluence, policy, target, clock=…, sleep=…, lease=…) -> [Publication]
        records the version, then brings one page a language up to date. `transaction()` is a context manager that gives
        a session and commits at its end (`database.write`); none is open during HTTP. `clock()` gives an aware
        datetime. `Target(client_key, space_key, parent_id, app_url)`. Outcomes: `published`, `unchanged`,
        `blocked_title`, `blocked_archived`, `blocked_space`, `retry_later` (with `retry_after` seconds where
        known), `refused`

Nothing in here commits by itself but through `transaction`, knows Flask, or reads the environment.
"""

from __future__ import annotations

from services.policy.change_words import Change
from services.policy.check import UNREADABLE, Finding, check
from services.policy.errors import PolicyError, RenderError
from services.policy.listing import check_listing
from services.policy.macros import choices_macro, policy_macro
from services.policy.publish import plan, publish
from services.policy.render import Form, Frame, render
from services.policy.results import Outcome, Publication, Target
from services.policy.text import Policy, load
from services.policy.versions import (
    Edition,
    changes,
    changes_of,
    diff,
    edition,
    editions,
    in_force,
    latest,
    record,
    text_of,
    upcoming,
)

__all__ = [
    "UNREADABLE",
    "Change",
    "Edition",
    "Finding",
    "Form",
    "Frame",
    "Outcome",
    "Policy",
    "PolicyError",
    "Publication",
    "RenderError",
    "Target",
    "changes",
    "changes_of",
    "check",
    "check_listing",
    "choices_macro",
    "diff",
    "edition",
    "editions",
    "in_force",
    "latest",
    "load",
    "plan",
    "policy_macro",
    "publish",
    "record",
    "render",
    "text_of",
    "upcoming",
]
