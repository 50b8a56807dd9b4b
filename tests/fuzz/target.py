"""What holds for the reading of any file, asked within this process."""

from __future__ import annotations

import io
import json

from services.support import child, extraction, limits

OUTCOMES = ("parsed", "unknown", "refused")
# Of these the reader itself does not know how it came to them.
UNFORESEEN = ("malformed", "memory-limit", "too-deep")


def read(data: bytes) -> str:
    """Read one file: an answer that the parent takes, and no way to fail that has no name. Gives the outcome."""
    reading = child.guarded(io.BytesIO(data), "file")
    assert reading.status in OUTCOMES
    assert reading.reason not in UNFORESEEN, reading.reason
    told = child.as_json(reading)
    answer = json.dumps(told)
    assert len(answer) <= limits.MAX_RESULT_BYTES
    assert r"\u0000" not in answer.replace(r"\\", ""), "a database does not take it"
    json.dumps(told, ensure_ascii=False).encode()
    extraction._reading(json.loads(answer))
    return f"{reading.status} {reading.reason}"
