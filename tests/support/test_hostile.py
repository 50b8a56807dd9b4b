"""Every hostile file ends in `refused` or `parsed`, within its limits."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.support import extract, extraction, limits
from tests.contracts import contract
from tests.support import hostile

CONTRACT_FILES = [
    ("billion-laughs.xml", "doctype"),
    ("quadratic.xml", "doctype"),
    ("xxe.xml", "doctype"),
    ("flat-bomb-100MB.zip", "member-too-large"),
    ("nested-bomb.zip", "nested-too-deep"),
    ("symlink.zip", "symlink"),
    ("zip-slip.zip", "unsafe-name"),
    ("yaml-alias-bomb.yml", "yaml-aliases"),
]
OUTCOMES = ("parsed", "unknown", "refused")


# A fresh process in between: a new child's high-water mark starts at that of the process that forked it.
MEASURE = (
    "import subprocess, sys, resource\n"
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, env={})\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    "sys.stdout.flush(); sys.stdout.buffer.write(done.stdout)"
)


def run_child(path: Path) -> tuple[dict[str, Any], int]:
    """The child's own answer for a file, `refused` when a limit killed it, and the most memory that it held (bytes)."""
    child = [sys.executable, "-I", "-S", "-B", str(extraction.CHILD), "file"]
    with path.open("rb") as file:
        done = subprocess.run([sys.executable, "-c", MEASURE, *child], stdin=file, capture_output=True, check=True)
    memory, _, answer = done.stdout.partition(b"\n")
    killed = {"status": "refused", "reason": "killed", "components": []}
    return json.loads(answer) if answer else killed, int(memory) * 1024


def outcome(path: Path) -> tuple[str, str | None]:
    file = extract([path])["files"][0]
    return file["status"], file["reason"]


@pytest.mark.parametrize(("name", "reason"), CONTRACT_FILES, ids=[name for name, _ in CONTRACT_FILES])
def test_hostile_file_is_refused(name: str, reason: str) -> None:
    path = contract(f"support/hostile/{name}")
    started = time.monotonic()
    assert outcome(path) == ("refused", reason)
    assert time.monotonic() - started < limits.CHILD_WALL_SECONDS
    _, memory = run_child(path)
    assert memory < limits.CHILD_MEMORY_BYTES // 2


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_made_up_attack_is_refused(name: str, tmp_path: Path) -> None:
    make, reasons = hostile.REFUSED[name]
    path = tmp_path / "attachment"
    path.write_bytes(make())
    answer, memory = run_child(path)
    assert (answer["status"], answer["components"]) == ("refused", [])
    assert answer["reason"] in reasons
    assert memory < limits.CHILD_MEMORY_BYTES


@pytest.mark.parametrize("make", [hostile.wide_json, hostile.many_elements])
def test_wasteful_file_stays_within_memory_and_time(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "attachment"
    path.write_bytes(make())
    started = time.monotonic()
    answer, memory = run_child(path)
    assert answer["status"] in OUTCOMES
    assert memory < limits.CHILD_MEMORY_BYTES
    assert time.monotonic() - started < limits.CHILD_WALL_SECONDS


def test_elements_without_end_are_refused_in_good_time(tmp_path: Path) -> None:
    path = tmp_path / "attachment"
    path.write_bytes(hostile.many_elements())
    assert outcome(path) == ("refused", "xml-too-many-elements")


def test_the_memory_limit_really_holds() -> None:
    root = Path(extraction.__file__).resolve().parents[2]
    script = (
        f"import sys; sys.path.insert(0, {str(root)!r})\n"
        "from services.support.child import limit_this_process\n"
        "limit_this_process(); bytearray(100 << 20); print('fits'); bytearray(300 << 20)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "fits\n"
    assert "MemoryError" in done.stderr


def test_the_child_can_neither_write_nor_see_our_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spy, made = tmp_path / "spy.py", str(tmp_path / "made")
    root = Path(extraction.__file__).resolve().parents[2]
    spy.write_text(
        f"import sys, os, json; sys.path.insert(0, {str(root)!r})\n"
        "from services.support.child import limit_this_process\nlimit_this_process()\n"
        f"try:\n  os.write(os.open({made!r}, os.O_CREAT | os.O_WRONLY), b'x'); wrote = True\n"
        "except OSError:\n  wrote = False\n"
        "seen = 'FAIRTRIAL_SECRET_KEYS' in os.environ\n"
        "print(json.dumps(dict(status='unknown', format=None, reason=f'{wrote} {seen}', facts={},"
        " redactions=0, warnings=[], components=[])))"
    )
    monkeypatch.setenv("FAIRTRIAL_SECRET_KEYS", "a-secret-key-for-the-tests")
    monkeypatch.setattr(extraction, "CHILD", spy)
    assert outcome(spy) == ("unknown", "False False")


UNSTORABLE = json.dumps(
    {
        "status": "parsed",
        "format": "x\ud800",
        "reason": None,
        "components": [],
        "facts": {},
        "warnings": [],
        "redactions": 0,
    }
)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import time; time.sleep(60)", "time-limit"),
        ("while True: print('x' * 100_000)", "limits-exceeded"),
        ("import os; os.abort()", "limits-exceeded"),
        ('print(\'{"status": "parsed"}\')', "limits-exceeded"),
        ("print('[]')", "limits-exceeded"),
        (f"print({UNSTORABLE!r})", "limits-exceeded"),
    ],
)
def test_a_child_that_goes_wrong_is_a_refusal(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(script)
    monkeypatch.setattr(extraction, "CHILD", child)
    monkeypatch.setattr(limits, "CHILD_WALL_SECONDS", 3)
    file = extract([child])["files"][0]
    assert (file["status"], file["reason"]) == ("refused", reason)
    assert file["sha256"] == hashlib.sha256(script.encode()).hexdigest()


def test_who_reads_a_support_zip_does_not_wait_for_what_other_files_need() -> None:
    path = contract("support/zip/Confluence_support_2026-11-20-10-00-00.zip")
    child = [sys.executable, "-I", "-S", "-B", "-X", "importtime", str(extraction.CHILD), "file"]
    with path.open("rb") as file:
        done = subprocess.run(child, stdin=file, capture_output=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "services.support.readers.xml_files" in loaded
    assert loaded.isdisjoint({"dataclasses", "inspect", "socket", "tarfile", "services.support.plain"})
    assert {name.split(".")[0] for name in loaded} - sys.stdlib_module_names <= {"services", "imported package"}


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert outcome(tmp_path / "pipe") == ("refused", "not-a-file")
    assert outcome(tmp_path) == ("refused", "not-a-file")
    assert outcome(tmp_path / "absent") == ("refused", "cannot-open")
    assert outcome(Path("/dev/zero")) == ("refused", "not-a-file")


def test_two_gigabytes_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    assert outcome(path) == ("refused", "file-too-large")


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    extract([contract("support/zip/Confluence_support_2026-11-20-10-00-00.zip")])
    assert list(tmp_path.iterdir()) == []


def test_a_hostile_file_name_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "bob@example.test \x1b[31m.txt"
    path.write_text("PostgreSQL 15.6")
    answer = extract([path])
    assert answer["files"][0]["name"] == "[mail-1] _[31m.txt"


def test_zip_wrapped_in_one_folder_and_two_nodes(tmp_path: Path) -> None:
    node = hostile.PLAIN.replace(b"9.12.5", b"9.12.6")
    path = tmp_path / "nodes.zip"
    path.write_bytes(hostile.zipped([(f"a/{hostile.APPLICATION}", hostile.PLAIN), (f"b/{hostile.APPLICATION}", node)]))
    answer = extract([path])
    assert [item["version"] for item in answer["components"]] == ["9.12.5", "9.12.6"]
    assert answer["warnings"] == ["nodes.zip: nodes-differ:product"]


def test_zips_of_nodes_in_a_zip(tmp_path: Path) -> None:
    inner = hostile.zipped([(hostile.APPLICATION, hostile.PLAIN)])
    path = tmp_path / "cluster.zip"
    path.write_bytes(hostile.zipped([("node-a.zip", inner), ("node-b.zip", inner)]))
    answer = extract([path])
    assert [(item["kind"], item["version"]) for item in answer["components"]] == [("product", "9.12.5")]
    assert answer["components"][0]["source"].startswith("cluster.zip!node-a.zip!application-properties/application.xml")


SEED = hostile.zipped(
    [(hostile.APPLICATION, hostile.PLAIN), ("application-config/dbconfig.xml", b"<jira-database-config/>")]
)
CHANGES = st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), max_size=12)
STARTS = [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"<properties>", b"{", b"\xff\xfe"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, cut=st.integers(0, 30))
def test_any_mutated_zip_is_answered(changes: list[tuple[int, int]], cut: int, tmp_path: Path) -> None:
    mutated = bytearray(SEED)
    for at, value in changes:
        mutated[at] = value
    path = tmp_path / "mutated"
    path.write_bytes(mutated[: len(mutated) - cut])
    answer, memory = run_child(path)
    assert answer["status"] in OUTCOMES
    assert memory < limits.CHILD_MEMORY_BYTES


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
def test_any_bytes_are_answered(start: bytes, rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(start + rest)
    assert outcome(path)[0] in OUTCOMES
