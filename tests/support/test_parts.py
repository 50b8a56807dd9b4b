"""Attachments of which only parts are fetched: the same reading as of the whole, and no more than is looked at."""

from __future__ import annotations

import io
import os
import random
import socket
import struct
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connect.host import Host
from connect.http import Outbound, UpstreamError
from connect.jira import Jira
from services.support import extraction, limits, parts
from services.support.attachments import read_attachment
from services.support.findings import Reading
from services.support.issues import Attachment
from tests.connect.server import Asked, Reply, Server, serving
from tests.contracts import contract
from tests.support import hostile

LOG = random.Random(5).randbytes(12 * limits.MIB)
SUPPORT_ZIP = hostile.zipped([("application-logs/app.log", LOG), (hostile.APPLICATION, hostile.PLAIN), ("z.log", LOG)])
Change = Callable[[Reply], Reply]


@dataclass
class Site:
    """A site that holds one file. `change` makes what it says of a part another thing."""

    server: Server
    jira: Jira
    content: bytes = SUPPORT_ZIP
    change: Change = lambda reply: reply
    sent: int = 0
    ranges: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        wanted = asked.headers.get("Range")
        reply = Reply(200, self.content)
        if wanted:
            first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
            shown = {"Content-Range": f"bytes {first}-{last}/{len(self.content)}"}
            reply = self.change(Reply(206, self.content[first : last + 1], shown))
            self.ranges.append(wanted)
        self.sent += len(reply.content)
        return reply

    def read(self, size: int | None = None) -> Reading:
        size = len(self.content) if size is None else size
        now = datetime(2026, 11, 27, tzinfo=UTC)
        return read_attachment(self.jira, Attachment("10021", "support.zip", size, "application/zip", now))


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as server, Outbound([server.netloc]) as http:
        host = Host(server.base, "tenant", "fairtrial", "the-shared-secret-of-a-site-with-a-file")
        found = Site(server, Jira(host, http, time.time))
        server.answer = found.answer
        yield found


def versions(reading: Reading) -> list[tuple[str, str | None]]:
    return [(item.name, item.version) for item in reading.components]


def test_of_a_large_zip_only_what_is_looked_at_is_fetched(site: Site) -> None:
    reading = site.read()
    assert versions(reading) == [("Jira", "9.12.5")] and reading.sha256 is None
    assert site.sent < 0.02 * len(SUPPORT_ZIP) and len(site.ranges) == len(site.server.asked) <= 4


def test_a_small_one_is_fetched_whole_and_has_its_hash(site: Site) -> None:
    site.content = hostile.zipped([(hostile.APPLICATION, hostile.PLAIN)])
    reading = site.read()
    assert versions(reading) == [("Jira", "9.12.5")] and reading.sha256 and not site.ranges


def test_what_has_to_be_read_to_its_end_comes_in_few_pieces(site: Site) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for name, data in (("app.log", LOG), (hostile.APPLICATION, hostile.PLAIN)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    site.content = packed.getvalue()
    assert versions(site.read()) == [("Jira", "9.12.5")]
    assert len(site.ranges) <= 12 and site.sent <= 1.1 * len(site.content)


def other_span(reply: Reply) -> Reply:
    return replace(reply, headers={"Content-Range": f"bytes 0-{len(reply.content) - 1}/{len(SUPPORT_ZIP)}"})


LIARS: dict[str, Change] = {
    "ignores ranges": lambda reply: Reply(200, SUPPORT_ZIP),
    "gives another part": other_span,
    "tells another size": lambda reply: replace(reply, headers={"Content-Range": reply.headers["Content-Range"] + "0"}),
    "tells nothing": lambda reply: replace(reply, headers={}),
    "gives less": lambda reply: replace(reply, body=reply.content[:-1]),
    "gives more": lambda reply: replace(reply, body=reply.content + b"x"),
    "refuses": lambda reply: Reply(416, b"", {"Content-Range": "bytes */1"}),
}


@pytest.mark.parametrize("change", LIARS.values(), ids=LIARS)
def test_a_site_that_does_not_give_the_part_gives_the_whole(site: Site, change: Change) -> None:
    calls = 0

    def from_the_second_on(reply: Reply) -> Reply:
        nonlocal calls
        calls += 1
        return change(reply) if calls > 1 else reply

    site.change = from_the_second_on
    reading = site.read()
    assert versions(reading) == [("Jira", "9.12.5")] and reading.sha256, "read as a whole"
    assert site.ranges and "Range" not in site.server.asked[-1].headers


FAILURES: list[tuple[Reply, str]] = [
    (Reply(404, {"errorMessages": ["gone"]}), "download-not-found"),
    (Reply(303, b"", {"Location": "https://media.example/x?token=1"}), "download-redirected"),
]


@pytest.mark.parametrize(("reply", "reason"), FAILURES)
def test_what_is_not_given_at_all_is_refused(site: Site, reply: Reply, reason: str) -> None:
    site.change = lambda _: reply
    assert (site.read().status, site.read().reason) == ("refused", reason)
    assert all("media.example" not in asked.url for asked in site.server.asked)


def test_a_site_that_breaks_off_is_asked_again_later(site: Site) -> None:
    site.change = lambda _: Reply(raw=lambda write: write(b"HTTP/1.1 206 Partial\r\nContent-Length: 900\r\n\r\nPK"))
    with pytest.raises(UpstreamError, match="unreachable"):
        site.read()


def test_a_size_that_is_a_lie_is_found_out(site: Site) -> None:
    assert site.read(len(SUPPORT_ZIP) + 5_000).sha256, "its end is elsewhere, so the whole is read"
    assert site.read(limits.MAX_FILE_BYTES + 1).reason == "file-too-large"


def test_it_tells_the_same_as_the_whole_file() -> None:
    paths = [path for path in contract("support").rglob("*") if path.is_file() and path.suffix != ".md"]
    assert len(paths) > 20
    for path in paths:
        whole, part = extraction.read_file(path, "file"), _read_in_parts(path)
        assert (part.status, part.reason, versions(part), part.facts) == (
            whole.status, whole.reason, versions(whole), whole.facts,
        ), path.name  # fmt: skip


def _read_in_parts(path: Path) -> Reading:
    with path.open("rb") as file:
        size = path.stat().st_size
        return extraction.read_remote(lambda start, length: os.pread(file.fileno(), length, start), size, "file")


WISHES = [(0, 0), (0, parts.LARGEST_BYTES + 1), (1_000, 25), (2**63, 1), (0, 2**64 - 1)]


@pytest.mark.parametrize(("start", "length"), WISHES)
def test_a_child_gets_no_more_than_a_reader_needs(start: int, length: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        supply = parts.Supply(ours, lambda *_: pytest.fail("it was fetched"), 1_024)
        theirs.sendall(struct.pack("<QQ", start, length))
        with pytest.raises(parts.OverstepError):
            supply.serve()


def test_and_not_for_ever() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        supply = parts.Supply(ours, lambda start, length: b"x", 1_024)
        for _ in range(limits.MAX_PARTS):
            theirs.sendall(struct.pack("<QQ", 0, 1))
            assert supply.serve()
            theirs.recv(1)
        theirs.sendall(struct.pack("<QQ", 0, 1))
        with pytest.raises(parts.OverstepError):
            supply.serve()
        theirs.close()
        assert not supply.serve()
