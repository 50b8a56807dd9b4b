"""Reading an 80 MB support zip as a whole, beside `zipfile` that merely inflates the members that are needed; and in
parts over HTTP, beside its size."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from connect.host import Host
from connect.http import Outbound
from connect.jira import Jira
from services.support import extract
from services.support.attachments import read_attachment
from services.support.issues import Attachment
from tests.connect.server import Asked, Reply, serving

ZIP_BYTES = 80 * 1024 * 1024
APPS = 1_000
ROUNDS = 9
NEEDED = ("application-properties/application.xml", "application-config/confluence.cfg.xml")
# What anybody has to do who reads a file that may be hostile in a process of its own, and no more: no XML, no check.
LIMIT = """
import hashlib, sys, zipfile
with open(sys.argv[1], "rb") as file:
    hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        for name in sys.argv[2:]:
            archive.read(name)
"""


def lines(folder: Path) -> list[tuple[str, str, str]]:
    """Rows of the page of benchmarks: what, measured, beside its limit."""
    path = folder / "Confluence_support_2026-11-20-10-00-00.zip"
    _make(path)
    found = extract([path])["components"]
    assert sum(item["kind"] == "plugin" for item in found) == APPS

    def bare() -> None:
        with zipfile.ZipFile(path) as archive:
            for name in NEEDED:
                archive.read(name)

    def in_a_process() -> None:
        subprocess.run([sys.executable, "-I", "-S", "-c", LIMIT, str(path), *NEEDED], check=True)

    # In turns, so that what else the machine does falls on each alike.
    rounds = [[_seconds(work) for work in (lambda: extract([path]), in_a_process, bare)] for _ in range(ROUNDS)]
    ours, process, inflated = (median(times) for times in zip(*rounds, strict=True))
    shown = f"{ours * 1000:.0f} ms"
    return [
        (
            f"support zip of 80 MB, {APPS} apps, all of it",
            shown,
            f"{process / ours:.0%} of a process that hashes and inflates",
        ),
        ("the same, nothing else counted", shown, f"{inflated / ours:.1%} of zipfile inflating two members"),
        _in_parts(path),
    ]


def _in_parts(path: Path) -> tuple[str, str, str]:
    content, sent = path.read_bytes(), list[int]()

    def answer(asked: Asked) -> Reply:
        first, last = (int(number) for number in asked.headers["Range"].removeprefix("bytes=").split("-"))
        sent.append(last + 1 - first)
        return Reply(206, content[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(content)}"})

    with serving() as server, Outbound([server.netloc]) as http:
        server.answer = answer
        jira = Jira(Host(server.base, "tenant", "fairtrial", "a-shared-secret-for-the-benchmark"), http, time.time)
        attachment = Attachment("1", path.name, len(content), "application/zip", datetime.now(UTC))
        begun = time.perf_counter()
        assert len(read_attachment(jira, attachment).components) > APPS
        took = time.perf_counter() - begun
    shown = f"{sum(sent) / 1e6:.2f} MB in {len(sent)} requests, {took * 1000:.0f} ms"
    return "the same over HTTP, by ranges", shown, f"{sum(sent) / len(content):.2%} of its size (limit 2%)"


def _make(path: Path) -> None:
    """A support zip as Confluence makes one: a small application.xml, and logs that nobody needs."""
    chance = random.Random(7)
    values = ("4.3.1", "Example Vendor", "ENABLED", "https://www.example.test/app", "2", "User installed")
    names = ("version", "vendor", "status", "vendor-url", "framework-version", "bundled")
    fields = "".join(f"\n      <{name}>{value}</{name}>" for name, value in zip(names, values, strict=True))
    apps = "".join(
        f"\n    <plugin>\n      <key>com.example.app{number}</key>\n      <name>App {number}</name>"
        f"{fields}\n    </plugin>"
        for number in range(APPS)
    )
    text = (
        '<properties>\n  <product name="Confluence" version="8.5.12"/>\n  <database-information>\n    '
        "<database-name>PostgreSQL</database-name>\n    <version>15.6</version>\n  </database-information>\n  "
        f"<plugins>{apps}\n  </plugins>\n</properties>"
    )
    configuration = "<confluence-configuration><buildNumber>9012</buildNumber></confluence-configuration>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NEEDED[0], text)
        archive.writestr(NEEDED[1], configuration)
        for number in range(8):
            archive.writestr(f"application-logs/atlassian-confluence.log.{number}", chance.randbytes(ZIP_BYTES // 8))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
