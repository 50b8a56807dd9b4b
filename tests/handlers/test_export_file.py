"""Exports on disk: odd rows are put aside, a broken file is refused whole, and nothing of it is repeated."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from handlers import export_file
from models.database import Database
from models.vault import Vault
from services.marketplace.poll import take_all
from tests.services.marketplace.test_ingest import ROW, printed

OTHER = ROW | {"appEntitlementId": "0e0e00ee-ee00-4e00-8e0e-ee000e0000e9", "appEntitlementNumber": "E-ZZZ-BBB-CCC-DDD"}


def take(database: Database, vault: Vault, now: datetime, path: Path) -> dict[str, int]:
    with export_file.rows_of(path) as rows:
        return asdict(take_all(database, vault, rows, source="file", as_of=None, now=now))


@pytest.mark.parametrize(
    "odd",
    [
        {"maintenanceEndDate": "9999-12-31"},
        {"lastUpdated": "garbage", "status": "teleported", "licenseType": []},
        {"addonKey": "x" * 300, "addonName": "x" * 300, "hosting": "H" * 300},
        {"contactDetails": {"country": "C" * 300, "company": "C" * 1_000_000, "technicalContact": 7}},
        {"appEdition": 10**30, "tier": 1e300, "evaluationOpportunitySize": float("nan")},
        {"unknown": json.loads("[" * 60 + "]" * 60)},
        {"appEntitlementId": "i" * 3000},
    ],
    ids=str,
)
def test_an_odd_row_stops_nobody(database: Database, vault: Vault, now: datetime, tmp_path: Path, odd: Any) -> None:
    path = tmp_path / "export.json"
    path.write_text("\ufeff" + json.dumps([OTHER | odd, ROW]), encoding="utf-8")
    summary = take(database, vault, now, path)
    assert summary["rows"] == 2 == summary["new"] + summary["quarantined"]
    assert "alice@lilas.example" in printed(database, vault)


@pytest.mark.parametrize("limit", [export_file.WHOLE_BYTES, 0])
@pytest.mark.parametrize("content", ["", "{}", "[{", '[{"a": 1}', "[1, 2,, 3]", "[" * 5000 + "]" * 5000, "\xff"])
def test_a_broken_file_is_refused_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, limit: int
) -> None:
    monkeypatch.setattr(export_file, "WHOLE_BYTES", limit)
    path = tmp_path / "export.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(export_file.UnreadableExportError), export_file.rows_of(path) as rows:
        list(rows)


def test_a_large_file_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "WHOLE_BYTES", 0)
    path = tmp_path / "export.json"
    path.write_text(json.dumps([ROW, OTHER]))
    with export_file.rows_of(path) as rows:
        assert list(rows) == [ROW, OTHER]
