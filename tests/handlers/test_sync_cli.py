"""`sync marketplace`: what an account may not read keeps nothing of the rest from coming in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connect.http import UpstreamError
from models.database import Database
from tests.handlers.faces import Face, evaluation, running


class Reports:
    """A Marketplace that gives some reports and refuses others."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused

    def reports(self) -> dict[str, Any]:
        return {name: lambda name=name, **_: self._rows(name) for name in ("licences", "transactions", "quotes")}

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        if name in self.refused:
            raise UpstreamError("forbidden", status=403)
        return iter([evaluation(1, "Alice", "alice@nordlicht.example")] if name == "licences" else [])


@pytest.mark.parametrize(
    ("refused", "code"), [((), 0), (("quotes",), 0), (("transactions",), 1), (("licences", "quotes"), 1)]
)
def test_only_what_everything_rests_on_is_a_failure(database: Database, refused: tuple[str, ...], code: int) -> None:
    with running(database) as face:
        result = _sync(face, Reports(*refused))
        assert result.exit_code == code
        for name in refused:
            assert f"The report of {name} did not come" in result.stderr
        if code == 0:
            assert json.loads(result.stdout)["new"] == 1


def _sync(face: Face, reports: Reports) -> Any:
    face.parts.reporting = reports  # type: ignore[assignment]
    return face.app.test_cli_runner().invoke(args=["sync", "marketplace", "--json"])
