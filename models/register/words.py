"""Words in the two languages of everything that a person reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, TypeVar

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")


@dataclass(frozen=True)
class Words:
    """One text in French and in English; neither may be missing."""

    fr: str
    en: str

    def __post_init__(self) -> None:
        if not self.fr.strip() or not self.en.strip():
            raise ValueError("a text is missing in one language")

    def in_(self, language: Language) -> str:
        """The text in `language`."""
        return self.fr if language == "fr" else self.en


class HasId(Protocol):
    """An entry of the register."""

    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=HasId)


def by_id(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """The entries by their id, read-only; `ValueError` when two share one."""
    table: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in table:
            raise ValueError(f"the register has {entry.id!r} twice")
        table[entry.id] = entry
    return MappingProxyType(table)
