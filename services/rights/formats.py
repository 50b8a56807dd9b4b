"""The copy of the data in forms that other programs read: CSV (one value a line) and vCard 4.0 (RFC 6350)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

COLUMNS = ("table", "row", "field", "value")
# A spreadsheet takes a cell that starts so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LINE_BYTES = 75


def as_csv(exported: Mapping[str, Any]) -> str:
    """The `data` of an export, a line a value; `from_csv` gives it back."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for table, rows in exported["data"].items():
        for number, row in enumerate(rows):
            for field, value in row.items():
                writer.writerow([table, number, field, _guarded(json.dumps(value, ensure_ascii=False))])
    return out.getvalue()


def from_csv(content: str) -> dict[str, list[dict[str, Any]]]:
    """What `as_csv` was given as `data`."""
    data: dict[str, list[dict[str, Any]]] = {}
    for line in csv.DictReader(StringIO(content)):
        rows = data.setdefault(line["table"], [])
        if int(line["row"]) == len(rows):
            rows.append({})
        rows[int(line["row"])][line["field"]] = json.loads(line["value"].removeprefix("'"))
    return data


def as_vcard(person: Mapping[str, str]) -> str:
    """What a person provided, as one vCard."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"FN:{_escaped(person.get('name') or person.get('email') or '')}",
        *(f"{name}:{_escaped(person[field])}" for name, field in (("EMAIL", "email"), ("ORG", "company"))
          if person.get(field)),
        *([f"TEL;VALUE=text:{_escaped(person['phone'])}"] if person.get("phone") else []),
        "END:VCARD",
    ]  # fmt: skip
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _guarded(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


def _escaped(value: str) -> str:
    for char in ("\\", ",", ";"):
        value = value.replace(char, f"\\{char}")
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of 75 octets at most, none cut within a character."""
    piece, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > LINE_BYTES:
            yield piece
            piece, size = " ", 1
        piece, size = piece + char, size + width
    yield piece
