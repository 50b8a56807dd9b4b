"""What the issue panel shows of a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.support import CaseState, ConfigComponent, ConfigSnapshot, SupportCase
from services.support import changes, lifecycle, rules
from services.support.findings import SINGLE_KINDS
from services.support.index import latest_apps, latest_components, latest_facts
from services.support.versions import release_name


def panel(session: Session, client_key: str, issue_id: str, today: date) -> dict[str, Any]:
    """The latest configuration of a case, each value with the file and place that it was read from.

    {"state": "unread" | "empty" | "read", "read_at": ISO time | None,
     "configuration": {kind: {name, version, release, support, raw, source, file, taken_at}}, "apps": [the same],
     "warnings": [{id, severity, text: {fr, en}}], "since_last": as changes.since_last, "lifecycle": {taken, is_old},
     "facts": {name: {value, file, taken_at}},
     "files": [{name, status, reason, format, size, sha256, taken_at, read_at, gone}]}

    `sha256` is None of a file that was never here as a whole.
    """
    query = select(SupportCase).filter_by(client_key=client_key, issue_id=issue_id)
    snapshots = selectinload(SupportCase.snapshots).selectinload(ConfigSnapshot.components)
    case = session.scalars(query.options(snapshots)).one_or_none()
    if case is None or case.state == CaseState.DELETED:
        nothing: dict[str, Any] = {"configuration": {}, "apps": [], "facts": {}, "files": []}
        return {"state": "unread", "read_at": None, "warnings": [], "since_last": None} | nothing
    latest = latest_components(case)
    standings = {kind: lifecycle.standing(kind, one.name, one.version, today) for kind, (one, _) in latest.items()}
    pieces = {kind: rules.Piece(one.name, one.version, standings[kind]) for kind, (one, _) in latest.items()}
    apps, listed_in = latest_apps(case)
    return {
        "state": "read" if latest or apps else "empty",
        "read_at": case.seen_at.isoformat(),
        "configuration": {
            kind: _shown(*latest[kind]) | {"support": stands.told() if (stands := standings[kind]) else None}
            for kind in SINGLE_KINDS
            if kind in latest
        },
        "warnings": [
            {"id": rule.id, "severity": rule.severity, "text": rule.text.model_dump()} for rule in rules.judge(pieces)
        ]
        if latest
        else [],
        "since_last": changes.since_last(session, case),
        "lifecycle": {"taken": lifecycle.taken().isoformat(), "is_old": lifecycle.is_old(today)},
        "apps": [_shown(app, listed_in) for app in apps] if listed_in else [],
        "facts": {name: {"value": value, **_file(row)} for name, (value, row) in latest_facts(case).items()},
        "files": [_listed(row) for row in sorted(case.snapshots, key=lambda row: row.taken_at, reverse=True)],
    }


def _shown(component: ConfigComponent, row: ConfigSnapshot) -> dict[str, Any]:
    return {
        "name": component.name,
        "version": component.version,
        "release": release_name(component.name, component.version),
        "raw": component.raw,
        "source": component.source,
        **_file(row),
    }


def _file(row: ConfigSnapshot) -> dict[str, str]:
    return {"file": row.file_name, "taken_at": row.taken_at.isoformat()}


def _listed(row: ConfigSnapshot) -> dict[str, Any]:
    return {
        "name": row.file_name,
        "status": row.status,
        "reason": row.reason,
        "format": row.format,
        "size": row.size,
        "sha256": row.sha256,
        "taken_at": row.taken_at.isoformat(),
        "read_at": row.read_at.isoformat(),
        "gone": row.gone_at is not None,
    }
