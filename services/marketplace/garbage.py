"""Less looking for garbage while rows come in by the thousand."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects that are new since the last look; it is 700 by default.
SELDOM = 50_000


@contextmanager
def looked_for_seldom() -> Iterator[None]:
    """Rows leave no cycles behind, and each look goes through everything that linking remembers: a seventh of the time
    of an import was spent on it."""
    before = gc.get_threshold()
    gc.set_threshold(max(SELDOM, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
