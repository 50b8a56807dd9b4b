"""What changed since the same customer's last configuration: the first question of whoever answers a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models.support import CaseState, ConfigComponent, ConfigSnapshot, SupportCase
from services.support.findings import SINGLE_KINDS
from services.support.index import current_snapshots
from services.support.versions import sort_key

# Enough to find one of the same product among what one customer has sent.
MOST_BEFORE = 50


def since_last(session: Session, case: SupportCase) -> dict[str, Any] | None:
    """`{"before": {issue_id, issue_key, file, taken_at}, "changes": [{kind, name, before, after, change}]}`; None where
    there was no configuration before. `change`: added, removed, upgraded, downgraded, replaced or changed.

    Before is the newest earlier one of this case, or of another case of the same reporter, that is of the same product.
    """
    newest = next(iter(current_snapshots(case)), None)
    before = _before(session, case, newest) if newest is not None else None
    if newest is None or before is None:
        return None
    return {
        "before": {
            "issue_id": before.case.issue_id,
            "issue_key": before.case.issue_key,
            "file": before.file_name,
            "taken_at": before.taken_at.isoformat(),
        },
        "changes": [*_single(before, newest), *_apps(_plugins(before), _plugins(newest))],
    }


def _before(session: Session, case: SupportCase, newest: ConfigSnapshot) -> ConfigSnapshot | None:
    same_person = SupportCase.reporter_index == case.reporter_index
    of_them = SupportCase.id == case.id
    if case.reporter_index is not None:
        of_them = or_(of_them, (SupportCase.client_key == case.client_key) & same_person)
    earlier = (
        select(ConfigSnapshot)
        .join(ConfigSnapshot.case)
        .where(
            of_them,
            SupportCase.state == CaseState.OPEN,
            ConfigSnapshot.status == "parsed",
            ConfigSnapshot.taken_at < newest.taken_at,
        )
        .options(selectinload(ConfigSnapshot.components), joinedload(ConfigSnapshot.case))
        .order_by(ConfigSnapshot.taken_at.desc(), ConfigSnapshot.id.desc())
        .limit(MOST_BEFORE)
    )
    product = _of_kind(newest, "product")
    for row in session.scalars(earlier):
        known = _of_kind(row, "product")
        if product and known and known.name == product.name:
            return row
        if not product and {one.kind for one in row.components} & {one.kind for one in newest.components}:
            return row
    return None


def _single(before: ConfigSnapshot, after: ConfigSnapshot) -> Iterable[dict[str, Any]]:
    """What both files speak of; a kind that one of them is silent about has not gone."""
    for kind in SINGLE_KINDS:
        old, new = _of_kind(before, kind), _of_kind(after, kind)
        if old is None or new is None or (old.name, old.version) == (new.name, new.version):
            continue
        if old.name != new.name:
            change = "replaced"
            yield _line(kind, new.name, f"{old.name} {old.version or ''}".strip(), new.version, change)
        else:
            yield _line(kind, new.name, old.version, new.version, _direction(kind, old.version, new.version))


def _apps(before: Sequence[ConfigComponent], after: Sequence[ConfigComponent]) -> Iterable[dict[str, Any]]:
    """Apps that came, went or changed, where both files list them."""
    if not before or not after:
        return
    old, new = {app.name: app.version for app in before}, {app.name: app.version for app in after}
    for name in sorted(old.keys() | new.keys(), key=str.lower):
        if name not in old:
            yield _line("plugin", name, None, new[name], "added")
        elif name not in new:
            yield _line("plugin", name, old[name], None, "removed")
        elif old[name] != new[name]:
            yield _line("plugin", name, old[name], new[name], _direction("plugin", old[name], new[name]))


def _direction(kind: str, before: str | None, after: str | None) -> str:
    old, new = sort_key(before, kind), sort_key(after, kind)
    if not old or not new or old == new:
        return "changed"
    return "upgraded" if old < new else "downgraded"


def _line(kind: str, name: str, before: str | None, after: str | None, change: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "before": before, "after": after, "change": change}


def _of_kind(row: ConfigSnapshot, kind: str) -> ConfigComponent | None:
    return next((component for component in row.components if component.kind == kind), None)


def _plugins(row: ConfigSnapshot) -> list[ConfigComponent]:
    return [component for component in row.components if component.kind == "plugin"]
