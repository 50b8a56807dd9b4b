"""What changed from one version to the next, as people read it: by clause, and only the sentences that differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from models.register import Language, Words

KIND_WORDS: Mapping[str, Words] = {
    "added": Words("Clause ajoutée", "Clause added"),
    "removed": Words("Clause retirée", "Clause removed"),
    "changed": Words("Clause modifiée", "Clause changed"),
}
BEFORE, AFTER = Words("Avant", "Before"), Words("Après", "After")
HEADING = Words("Ce qui change dans la version {number}", "What changed in version {number}")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\W\d_a-zà-ÿ])|\n+")


@dataclass(frozen=True)
class Change:
    """What happened to one clause between two versions, with both texts (empty where there was or is none)."""

    kind: Literal["added", "removed", "changed"]
    id: str
    title: str
    before: str
    after: str

    @property
    def said(self) -> tuple[list[str], list[str]]:
        """The sentences that went, and those that came."""
        return sentences_that_differ(self.before, self.after)

    def heading(self, language: Language) -> str:
        """`Clause changed: Cookies`."""
        colon = "\u00a0: " if language == "fr" else ": "
        return f"{KIND_WORDS[self.kind].in_(language)}{colon}{self.title}"


def sentences_that_differ(before: str, after: str) -> tuple[list[str], list[str]]:
    """Sentences of `before` that are not in `after` where they stood, and the other way round."""
    old, new = _sentences(before), _sentences(after)
    gone: list[str] = []
    come: list[str] = []
    for kind, start, end, from_, to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += old[start:end]
            come += new[from_:to]
    return gone, come


def _sentences(text: str) -> Sequence[str]:
    return [one.strip() for one in _SENTENCE.split(text) if one.strip()]
