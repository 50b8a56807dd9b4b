"""What a code is called, and how it looks."""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    """English words, a tone of the style sheet, and one sentence that explains where the words alone do not."""

    text: str
    tone: str = "neutral"
    help: str = ""
