"""Access to the outside facts (specs, vectors, samples) that lie beside the checkout."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parents[2] / "shared" / "contracts"


def contract(name: str) -> Path:
    """The path of one contract file or folder; skips the test, saying so, where it is absent."""
    path = CONTRACTS / name
    if not path.exists():
        # Not at the top: the fuzzer takes samples too, and has no pytest.
        import pytest

        pytest.skip(f"contract data is absent: {name}")
    return path


def load(name: str) -> Any:
    """The parsed JSON of a contract file, gzipped or not."""
    path = contract(name)
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(raw)
