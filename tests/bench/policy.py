"""The policy: check, render and compare both languages in one process; conversion beside md2conf, where it is there.

md2conf (PyPI markdown-to-confluence) is no dependency: it runs in a virtual environment of its own, named by the
environment variable MD2CONF_PYTHON, and times itself, start-up excluded.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from models.database import Database
from models.register import LANGUAGES, REGISTER, Vendor
from models.schema import upgrade
from sandbox.stack import ROOT
from services.policy import check, diff, load, render
from services.policy.markdown import forget

LIMIT_MS = 250
ROUNDS = 7
VENDOR = Vendor("Alkaes Consulting", "privacy@alkaes.example", "Alkaes Consulting, France")
# Reads a file of Markdown and prints the median milliseconds of its conversion to storage format.
PEER = """
import sys, time
from pathlib import Path
from statistics import median
from md2conf.collection import ConfluencePageCollection, ConfluenceUserCollection
from md2conf.converter import ConfluenceDocument
from md2conf.metadata import ConfluenceSiteMetadata
from md2conf.options import ProcessorOptions
from md2conf.scanner import Scanner
path = Path(sys.argv[1])
site = ConfluenceSiteMetadata("example.atlassian.net", "/wiki/", "LEGAL")
def convert():
    made = (ProcessorOptions(), path.parent, site, ConfluencePageCollection(), ConfluenceUserCollection())
    ConfluenceDocument(path, Scanner().read(path), *made).xhtml()
times = []
for _ in range(8):
    start = time.perf_counter(); convert(); times.append((time.perf_counter() - start) * 1000)
print(median(times[1:]))
"""


def lines(folder: Path) -> list[tuple[str, str, str]]:
    """Rows of the page of benchmarks: what, measured, beside its limit."""
    source = ROOT / "policy"
    database = Database(f"sqlite:///{folder / 'policy.db'}")
    upgrade(database)

    def everything() -> None:
        assert not check(source, VENDOR)
        policy = load(source, REGISTER, VENDOR)
        for language in LANGUAGES:
            for form in ("storage", "html", "text"):
                render(policy, language, form)  # type: ignore[arg-type]
        with database.read() as session:
            diff(session, policy)

    spent = _milliseconds(everything)
    found = [
        ("policy: check, render and compare both languages", f"{spent:.0f} ms", f"{spent / LIMIT_MS:.0%} of 250 ms")
    ]
    return [*found, *_beside_the_peer(folder)]


def _beside_the_peer(folder: Path) -> list[tuple[str, str, str]]:
    python = os.environ.get("MD2CONF_PYTHON")
    if not python:
        return []
    policy = load(ROOT / "policy", REGISTER, VENDOR)
    text = "\n\n".join(f"{'#' * one.level} {one.title} {{#{one.id}}}\n\n{one.markdown}" for one in policy.clauses["en"])
    # Links within the page, and to our own site, are errors to the peer, and an escaped bracket is a formula to it:
    # neither of the two gets them.
    text = re.sub(r"\[([^\]]*)\]\([#/][^)]*\)", r"\1", text)
    text = re.sub(r"\\([()\[\]])", r"\1", text)
    for language in LANGUAGES:
        (folder / f"{language}.md").write_text(f"# Policy\n\n{text}\n")

    def ours() -> None:
        render(load(folder, REGISTER, VENDOR), "en", "storage")

    theirs = float(subprocess.run([python, "-c", PEER, folder / "en.md"], check=True, capture_output=True).stdout)
    # `load` reads both languages, the peer one: half of ours is what compares, and still has more in it.
    mine = _milliseconds(ours) / 2
    return [("policy: Markdown to storage format, one language", f"{mine:.1f} ms", f"{theirs / mine:.1f} x md2conf")]


def _milliseconds(work: Callable[[], None]) -> float:
    times = []
    for _ in range(ROUNDS + 1):
        # Each round reads everything anew, as a process of its own would.
        forget()
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return median(times[1:])
