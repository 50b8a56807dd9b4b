"""The bytes that leave: what one case tells of a configuration, in the parts that were chosen, and the question.

The least that answers it: names and versions. No file name, no raw line, no place, nothing of whoever wrote. What is
stored is redacted already, and is redacted once more here. The same case gives the same bytes, so that it shows when
anything has changed since somebody looked at them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.support import CaseState, ConfigComponent, SupportCase
from services.exchange import ExchangeError
from services.support import redact
from services.support.findings import SINGLE_KINDS
from services.support.index import latest_apps, latest_components, latest_facts
from services.support.redaction import Redactor

APPS, MACHINE = "apps", "machine"
PARTS = (*SINGLE_KINDS, MACHINE, APPS)
LONGEST_QUESTION = 2_000


@dataclass(frozen=True)
class Request:
    """What a package says at the other end: its file, and the head and text of the request that carries it."""

    reference: str
    summary: str
    description: str
    file_name: str
    file: bytes


def contents(case: SupportCase, reference: str, parts: Sequence[str], question: str) -> bytes:
    """The file: JSON in UTF-8. `question`: redacted. `ExchangeError`: the case is gone, or tells none of these."""
    if case.state != CaseState.OPEN:
        raise ExchangeError("unknown-case")
    latest = latest_components(case)
    apps, _ = latest_apps(case) if APPS in parts else ([], None)
    facts = latest_facts(case) if MACHINE in parts else {}
    told = {
        "configuration": {kind: _named(latest[kind][0]) for kind in SINGLE_KINDS if kind in parts and kind in latest},
        MACHINE: {name: value for name, (value, _) in sorted(facts.items())},
        APPS: [_named(app) for app in apps],
    }
    if not any(told.values()):
        raise ExchangeError("nothing-to-tell")
    head = {"reference": reference, "case": case.issue_key, "purpose": "support", "question": question}
    found = head | {name: value for name, value in told.items() if value}
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


def request_of(content: bytes) -> Request:
    """The request around a file, made of the file alone: whoever has seen the one has seen the other."""
    told: Mapping[str, Any] = json.loads(content)
    reference = str(told["reference"])
    return Request(
        reference=reference,
        summary=f"Configuration of a support case ({reference})",
        description=str(told["question"]),
        file_name=f"configuration-{reference}.json",
        file=content,
    )


def question_of(content: bytes) -> str:
    """What is asked, as it stands in the file."""
    return str(json.loads(content)["question"])


def plain(text: str) -> str:
    """A text that looks like what it is: nothing in it that turns the direction of reading, or does not show."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def _named(component: ConfigComponent) -> dict[str, str | None]:
    version = Redactor().redact_version(component.version) if component.version else None
    return {"name": plain(redact(component.name)[0]), "version": plain(version) if version else None}
