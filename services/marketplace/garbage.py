"""Less looking for garbage while rows come in by the thousand."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects that are new since the last look; it is 700 by default.
SELDOM = 50_000
# As the process began: of two imports that overlap the later one would put back what the first had set.
USUAL = gc.get_threshold()


@contextmanager
def looked_for_seldom() -> Iterator[None]:
    """Rows leave no cycles behind, and each look goes through everything that linking remembers: a seventh of the time
    of an import was spent on it."""
    gc.set_threshold(max(SELDOM, USUAL[0]), *USUAL[1:])
    try:
        yield
    finally:
        gc.set_threshold(*USUAL)
