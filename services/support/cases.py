"""A support case kept in step with its Jira issue: what is true is read again from Jira, events are only hints.

Safe to run twice and to be killed anywhere: each attachment is its own transaction, known by id, size and parser
version, so the next run goes on where this one ended, and the same issue always gives the same rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from connect.http import UpstreamError
from models.support import CaseState, CollectionMode, ConfigComponent, ConfigSnapshot, SupportCase
from models.vault import Place, Vault
from services import outbox
from services.support import texts
from services.support.attachments import AttachmentSite, read_attachment
from services.support.extraction import read_file
from services.support.findings import PARSER_VERSION, Reading
from services.support.index import configuration_index
from services.support.issues import Attachment, attachments_of, instant, text
from services.support.versions import sort_key

FIELDS = ("attachment", "reporter", "project", "created", *texts.FIELDS)
PROPERTY_KEY = "fairtrial.configuration"
MAX_STORED_COMPONENTS = 1_000

# Size, parser version and SHA-256 of what was read before.
Seen = tuple[int, int, str | None]
Transaction = Callable[[], AbstractContextManager[Session]]


class Outcome(StrEnum):
    """What became of a case."""

    READ = "read"
    DELETED = "deleted"
    IGNORED = "ignored"


class JiraSite(AttachmentSite, Protocol):
    """What is asked of Jira (`connect.jira.Jira`)."""

    def issue(self, id_or_key: str, fields: Sequence[str], /) -> dict[str, Any]: ...


def refresh_case(
    transaction: Transaction,
    jira: JiraSite,
    vault: Vault,
    *,
    client_key: str,
    issue_id: str,
    projects: Sequence[str],
    now: datetime,
) -> Outcome:
    """Read one issue again and bring its snapshots up to date. `projects`: keys that hold cases; none = every project.

    `transaction` gives a session that commits at its end; none is open during HTTP or while a file is read. Raises
    `UpstreamError` when Jira can't be asked now: what was read so far is kept.
    """
    try:
        issue = jira.issue(issue_id, FIELDS)
    except UpstreamError as error:
        if error.outcome not in ("not-found", "gone"):
            raise
        return _delete(transaction, client_key, issue_id, now)
    project = text(issue, "fields", "project", "key") or ""
    if projects and project not in projects:
        _delete(transaction, client_key, issue_id, now)
        return Outcome.IGNORED
    attachments = attachments_of(issue, now)
    case_id, seen = _note_case(transaction, vault, client_key, issue_id, issue, project, now)
    for attachment in attachments:
        if seen.get(attachment.id, ())[:2] != (attachment.size, PARSER_VERSION):
            _store(transaction, case_id, attachment, read_attachment(jira, attachment), "jira-attachment", now)
    told = _read_texts(transaction, case_id, issue, seen, now)
    _settle(transaction, vault, case_id, {attachment.id for attachment in attachments} | told, now)
    return Outcome.READ


def _read_texts(
    transaction: Transaction, case_id: int, issue: Mapping[str, Any], seen: Mapping[str, Seen], now: datetime
) -> set[str]:
    """Read the texts that are new or were changed; gives the ids of all that tell a configuration."""
    told = set()
    for one in texts.texts_of(issue, now):
        if seen.get(one.id, ())[1:] != (PARSER_VERSION, one.digest):
            reading = _read_text(one)
            if reading.status != "parsed":
                continue
            as_file = Attachment(one.id, one.name.partition(".")[0], len(one.content), "text/plain", one.written_at)
            _store(transaction, case_id, as_file, reading, texts.SOURCE, now)
        told.add(one.id)
    return told


def _read_text(one: texts.Text) -> Reading:
    with tempfile.NamedTemporaryFile(prefix="text-") as file:
        file.write(one.content)
        file.flush()
        return read_file(file.name, one.name)


def _delete(transaction: Transaction, client_key: str, issue_id: str, now: datetime) -> Outcome:
    """The issue is gone, hidden from us, or no support case any more: its configurations lose their source."""
    with transaction() as session:
        case = session.scalars(select(SupportCase).filter_by(client_key=client_key, issue_id=issue_id)).one_or_none()
        if case is None:
            return Outcome.IGNORED
        if case.state != CaseState.DELETED:
            case.state, case.deleted_at = CaseState.DELETED, now
            _mark_gone(case, set(), now)
    return Outcome.DELETED


def _note_case(
    transaction: Transaction,
    vault: Vault,
    client_key: str,
    issue_id: str,
    issue: Mapping[str, Any],
    project: str,
    now: datetime,
) -> tuple[int, dict[str, Seen]]:
    """The case's id, and what was read before of each attachment and text."""
    reporter = text(issue, "fields", "reporter", "accountId")
    place = Place("support_cases", "reporter", f"{client_key}|{issue_id}")
    with transaction() as session:
        case = session.scalars(select(SupportCase).filter_by(client_key=client_key, issue_id=issue_id)).one_or_none()
        if case is None:
            case = SupportCase(client_key=client_key, issue_id=issue_id)
            session.add(case)
        case.issue_key, case.project_key = text(issue, "key") or issue_id, project
        index = vault.blind_index("account", reporter) if reporter else None
        if case.reporter_index != index:
            case.reporter_index, case.reporter = index, vault.seal(reporter, place) if reporter else None
        case.state, case.deleted_at, case.seen_at = CaseState.OPEN, None, now
        case.created_at = instant(text(issue, "fields", "created"))
        session.flush()
        return case.id, {row.attachment_id: (row.size, row.parser_version, row.sha256) for row in case.snapshots}


def _store(
    transaction: Transaction, case_id: int, attachment: Attachment, reading: Reading, source: str, now: datetime
) -> None:
    with transaction() as session:
        row = session.scalars(
            select(ConfigSnapshot).filter_by(case_id=case_id, attachment_id=attachment.id)
        ).one_or_none()
        if row is None:
            row = ConfigSnapshot(case_id=case_id, attachment_id=attachment.id)
            session.add(row)
        row.file_name, row.size, row.taken_at = attachment.file_name, attachment.size, attachment.created
        row.sha256, row.format, row.status, row.reason = reading.sha256, reading.format, reading.status, reading.reason
        row.facts, row.redactions, row.parser_version = reading.facts, reading.redactions, PARSER_VERSION
        row.collection_mode, row.source = CollectionMode.ONLINE_SUPPORT, source
        row.read_at, row.gone_at = now, None
        row.components = _components(reading)


def _components(reading: Reading) -> list[ConfigComponent]:
    # What the product itself brings along says nothing that its version does not say: about 1,000 rows a zip.
    chosen = [item for item in reading.components if not item.bundled][:MAX_STORED_COMPONENTS]
    return [
        ConfigComponent(
            kind=item.kind,
            name=item.name,
            version=item.version,
            sort_key=sort_key(item.version, item.kind)[:60],
            raw=item.raw,
            source=item.source,
        )
        for item in chosen
    ]


def _settle(transaction: Transaction, vault: Vault, case_id: int, present: set[str], now: datetime) -> None:
    """Mark what left the case, and queue the index that Jira searches by."""
    with transaction() as session:
        case = session.get_one(SupportCase, case_id)
        _mark_gone(case, present, now)
        if not any(row.status == "parsed" for row in case.snapshots):
            return
        payload = {
            "client_key": case.client_key,
            "issue_id": case.issue_id,
            "key": PROPERTY_KEY,
            "value": configuration_index(case),
        }
        key = f"{case.issue_id}/{PROPERTY_KEY}/{case.client_key}"
        subject = f"issue:{case.issue_id}"
        outbox.enqueue(session, vault, kind="jira.issue-property", key=key, subject=subject, payload=payload, now=now)


def _mark_gone(case: SupportCase, present: set[str], now: datetime) -> None:
    for row in case.snapshots:
        if row.attachment_id in present:
            row.gone_at = None
        elif row.gone_at is None:
            row.gone_at = now
