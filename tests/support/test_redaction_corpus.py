"""Recall and false alarms on lines of our own, of more shapes than the contract samples have. All values are invented.

They came in lots, each written before the rules had seen it, and measured at once. Of the secrets of the first 62 %
were found by the rules of that day; of the next ones 86 %, 91 %, 90 % and 94 % by those made of the lots before. Of
lines without any, 6 of 248, 2 of 109, and none of 50 and of 28 were touched. Expect nine in ten on new lines.
"""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path

import pytest

from services.support import redact

HERE = Path(__file__).parent / "redaction"
RECALL = 0.97


@cache
def labelled() -> list[tuple[str, str]]:
    """Each secret with the line that it stands in."""
    lines = [json.loads(line) for line in (HERE / "secrets.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(line["text"], secret) for line in lines for secret in line["secrets"]]


@cache
def kept() -> list[str]:
    """Lines that hold neither a secret nor a person: versions, names of classes and apps, builds, ids, paths, prose."""
    return (HERE / "kept.txt").read_text(encoding="utf-8").splitlines()


def test_recall() -> None:
    missed = [(text, secret) for text, secret in labelled() if secret in redact(text)[0]]
    assert len(labelled()) > 450
    assert all(secret in text for text, secret in labelled())
    assert 1 - len(missed) / len(labelled()) >= RECALL, missed


def test_no_false_alarm() -> None:
    changed = [(text, redact(text)[0]) for text in kept() if redact(text) != (text, 0)]
    assert len(kept()) > 350
    assert changed == []


def test_what_is_hidden_stays_as_it_is_the_second_time() -> None:
    once = [redact(text)[0] for text, _ in labelled()]
    again = [(text, redact(text)[0]) for text in once if redact(text)[0] != text]
    assert len(again) <= len(once) * 0.01, again


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password: |\n  EXAMPLE 1\nport: 1", "password: |\n  [secret]\nport: 1"),
        ("<password>\n  EXAMPLE\n</password>", "<password>\n  [secret]\n</password>"),
        ("- name: DB_PWD\n  value: EXAMPLE\n- a: b", "- name: DB_PWD\n  value: [secret]\n- a: b"),
        ('"name": "TOKEN",\n"value": "EXAMPLE",', '"name": "TOKEN",\n"value": [secret],'),
        ("<key>apiToken</key>\n<string>EXAMPLE</string>", "<key>apiToken</key>\n<string>[secret]</string>"),
        ("Cordialement,\n\nCamille Exemple\nJira 9.12.5", "Cordialement,\n\n[name]\nJira 9.12.5"),
        ("Best regards\nJira 9.12.5", "Best regards\nJira 9.12.5"),
        ("Password:\nJira version: 9.12.5", "Password:\nJira version: 9.12.5"),
        ("Password:\n\nJira 9.12.5", "Password:\n\nJira 9.12.5"),
    ],
)  # fmt: skip
def test_a_value_below_its_name(text: str, expected: str) -> None:
    assert redact(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "kept_part"),
    [
        ("-Ddb.password=EXAMPLE -Xmx8g -Dfile.encoding=UTF-8", "-Xmx8g -Dfile.encoding=UTF-8"),
        ('<plugin version="4.3.1" password="EXAMPLE" name="x"/>', 'version="4.3.1"'),
        ('{"token":"EXAMPLE","version":"9.0.43.0"}', '"version":"9.0.43.0"'),
        ("Contact: Bob Charlie, Jira 9.12.5", "Jira 9.12.5"),
        ("jdbc:postgresql://db.test/jira?password=EXAMPLE&ssl=true", "&ssl=true"),
        ("password = eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x EXAMPLE", "password = [secret]"),
        ("password=EXAMPLE -----BEGIN CERTIFICATE----- MIIx -----END CERTIFICATE----- Jira 9.12.5", "password="),
        ("-----BEGIN CERTIFICATE----- MIIx -----END CERTIFICATE----- Jira 9.12.5", "Jira 9.12.5"),
    ],
)
def test_what_stands_beside_a_secret_stays(text: str, kept_part: str) -> None:
    clean, count = redact(text)
    assert kept_part in clean
    assert "EXAMPLE" not in clean
    assert count > 0


@pytest.mark.parametrize(
    "piece",
    ["key\n", ":key", "key=a:", "password:\n ", "user: A B ", "<password a='", "://a:", "Contact: A", "A=", "x" * 99],
)
def test_a_megabyte_costs_time_in_proportion(piece: str) -> None:
    small, large = (_seconds((piece * (1 << 20))[:size]) for size in (1 << 17, 1 << 20))
    assert large < 20
    assert large < 8 * small * 3 + 0.5


def _seconds(text: str) -> float:
    started = time.process_time()
    redact(text)
    return time.process_time() - started
