"""A report whose reading was cut off: the same export again, from the row where it was."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from connect.http import UpstreamError
from connect.marketplace import Reporting
from connect.marketplace_exports import PAGED, Bookmark
from tests.connect.reporting import ID, ROWS, started, status
from tests.connect.server import Reply, Server


def test_an_export_that_was_begun_is_read_on(reporting: Reporting, server: Server) -> None:
    server.script(status("COMPLETED"), status("COMPLETED"), Reply(200, ROWS))
    assert list(reporting.licences(mark=Bookmark(ID, 1, _unexpected))) == ROWS[1:]
    assert {asked.method for asked in server.asked} == {"GET"}


@pytest.mark.parametrize("gone", [Reply(404, "Export not found"), Reply(200, {"export": {"status": "FAILED"}})])
def test_one_that_is_gone_is_begun_anew_from_its_first_row(reporting: Reporting, server: Server, gone: Reply) -> None:
    begun: list[str] = []
    server.script(gone, started(), status("COMPLETED"), Reply(200, ROWS))
    mark = Bookmark("old", 1, begun.append)
    assert list(reporting.licences(mark=mark)) == ROWS
    assert (mark.export, mark.taken, begun) == (ID, 0, [ID])


def test_an_export_is_told_before_it_is_waited_for(reporting: Reporting, server: Server) -> None:
    begun: list[str] = []
    server.script(started(), Reply(401))
    with pytest.raises(UpstreamError):
        reporting.licences(mark=Bookmark(began=begun.append))
    assert begun == [ID]


def test_pages_are_read_on_with_one_page_twice(reporting: Reporting, server: Server) -> None:
    server.script(Reply(200, {"feedback": ROWS * 25}), Reply(200, {"feedback": ROWS}))
    mark = Bookmark(PAGED, 130, _unexpected)
    assert len(list(reporting.feedback(mark=mark))) == 52
    assert mark.taken == 50
    assert [parse_qs(urlsplit(one.url).query)["offset"] for one in server.asked] == [["50"], ["100"]]


def _unexpected(export: str) -> None:
    raise AssertionError(export)
