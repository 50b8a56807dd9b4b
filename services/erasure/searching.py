"""A script that searches files byte by byte. Standard input: JSON of `files` (paths by name), `texts` and `keys` (hex).
Standard output: the names of the files in which one of them stands, as JSON.

It is a process of its own because whoever opens and closes a database file gives up every lock that their process holds
on it (SQLite, "How To Corrupt An SQLite Database File", 2.2): the next process to close would take itself for the last.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

PIECE = 8 * 1024 * 1024


def main() -> None:
    """Read what to search for, print where it is. A file that is not there holds nothing."""
    wanted = json.load(sys.stdin)
    needles = [form for word in wanted["texts"] for form in _forms(word)]
    keys = [bytes.fromhex(key) for key in wanted["keys"]]
    json.dump([name for name, path in wanted["files"].items() if _is_in(Path(path), needles, keys)], sys.stdout)


def _forms(word: str) -> set[bytes]:
    """A text as files may hold it: plain, and as JSON escapes it."""
    return {word.encode(), json.dumps(word)[1:-1].lower().encode()}


def _is_in(path: Path, needles: Sequence[bytes], keys: Sequence[bytes]) -> bool:
    longest = max(map(len, [*needles, *keys]), default=0)
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            window = rest + piece
            if any(key in window for key in keys):
                return True
            folded = window.lower()
            if any(needle in folded for needle in needles):
                return True
            rest = window[-longest:] if longest else b""
    return False


if __name__ == "__main__":
    main()
