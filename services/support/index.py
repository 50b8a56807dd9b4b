"""Which of a case's snapshots counts for what, and the compact index of it that Jira searches by.

Anyone who may see an issue can read its properties: product, versions and counts; nothing personal, no host, no app.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from services.support import versions
from services.support.findings import SINGLE_KINDS
from services.support.texts import FREE_TEXT


def current_snapshots(case: SupportCase) -> list[ConfigSnapshot]:
    """Snapshots that tell something and whose attachment is still there, newest first."""
    told = [row for row in case.snapshots if row.status == "parsed" and row.gone_at is None]
    return sorted(told, key=_weight, reverse=True)


def _weight(row: ConfigSnapshot) -> tuple[bool, datetime, int]:
    """What somebody says in a sentence counts only where nothing else tells; else the newest counts."""
    number = row.attachment_id.rpartition("-")[2]
    return row.format != FREE_TEXT, row.taken_at, int(number) if number.isdigit() else 0


def latest_components(case: SupportCase) -> dict[str, tuple[ConfigComponent, ConfigSnapshot]]:
    """The component of each kind that counts: the newest with a version, or else the newest."""
    latest: dict[str, tuple[ConfigComponent, ConfigSnapshot]] = {}
    for row in current_snapshots(case):
        for component in row.components:
            known = latest.get(component.kind)
            if component.kind in SINGLE_KINDS and (known is None or (not known[0].version and component.version)):
                latest[component.kind] = (component, row)
    return latest


def latest_apps(case: SupportCase) -> tuple[list[ConfigComponent], ConfigSnapshot | None]:
    """Apps that people installed, of the newest snapshot that lists any."""
    for row in current_snapshots(case):
        apps = [component for component in row.components if component.kind == "plugin"]
        if apps:
            return sorted(apps, key=lambda app: app.name.lower()), row
    return [], None


def latest_facts(case: SupportCase) -> dict[str, tuple[Any, ConfigSnapshot]]:
    """Memory, processors, cluster and deployment: the newest word on each."""
    facts: dict[str, tuple[Any, ConfigSnapshot]] = {}
    for row in current_snapshots(case):
        for name, value in row.facts.items():
            facts.setdefault(name, (value, row))
    return facts


def configuration_index(case: SupportCase) -> dict[str, str | int]:
    """The value of the issue property: a few hundred bytes, names as in the descriptor's `jiraEntityProperties`."""
    told = {kind: component for kind, (component, _) in latest_components(case).items()}
    product, database, java = told.get("product"), told.get("database"), told.get("jvm")
    version = product.version if product else None
    deployment = latest_facts(case).get("deployment")
    index = {
        "product": _word(product),
        "productVersion": version,
        "productSeries": versions.series(version),
        "productSort": versions.number(version),
        "deployment": deployment[0] if deployment else None,
        "db": _word(database),
        "dbMajor": versions.read_whole(database.version or "").major if database else None,
        "java": versions.read_java(java.version or "").major if java else None,
        "os": _word(told.get("os")),
        "appServer": _word(told.get("app_server")),
        "apps": len(latest_apps(case)[0]),
    }
    return {"v": 1} | {name: value for name, value in index.items() if value is not None}


def _word(component: ConfigComponent | None) -> str | None:
    """A name as JQL compares it: lower case, no spaces, bounded."""
    return "-".join(component.name.lower().split())[:60] if component else None
