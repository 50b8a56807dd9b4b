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
    answer = json.dumps(child.as_json(reading))
    assert len(answer) <= limits.MAX_RESULT_BYTES
    extraction._reading(json.loads(answer))
    return f"{reading.status} {reading.reason}"
