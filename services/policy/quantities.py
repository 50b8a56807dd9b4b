"""Figures in a text, comparable across languages: `deux ans`, `2 years` and `24 months` are one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from models.register.durations import Duration

_NUMBERS = {
    "fr": "un une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze",
    "en": "a an one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen",
}
_TENS = {"vingt": 20, "trente": 30, "soixante": 60, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90}
_VALUES = {
    word: number
    for words in _NUMBERS.values()
    for number, forms in enumerate(words.split("|"), start=1)
    for word in forms.split()
} | _TENS
_UNITS = {
    "h": r"heures?|hours?|hrs?",
    "d": r"jours?|days?|journées?",
    "w": r"semaines?|weeks?",
    "m": r"mois|months?",
    "y": r"ans?|années?|years?",
}
_UNIT = "|".join(f"(?P<{name}>{forms})" for name, forms in _UNITS.items())
# The article alone is no count in "un jour" or "a year"; it is in "une heure après", so both languages skip it.
_COUNT = "|".join(
    sorted((word for word in _VALUES if word not in ("un", "une", "a", "an", "one")), key=len, reverse=True)
)
_PERIOD = re.compile(
    rf"(?<![\w.,])(?P<count>\d+|{_COUNT})(?:\s*\(\d+\))?[\s\u00a0\u202f-]*(?:{_UNIT})(?!\w)", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+(?:[\s\u00a0\u202f.,]\d{3})*(?:[.,]\d+)?")
_FACTORS = {"h": ("h", 1), "d": ("h", 24), "w": ("h", 168), "m": ("m", 1), "y": ("m", 12)}
_ISO = {"H": "h", "D": "d", "M": "m", "Y": "y"}
Quantity = tuple[int, str]


def periods_in(text: str) -> list[tuple[Quantity, str]]:
    """Each period in the text as (count, `h` or `m`), with the words that say so."""
    return [(_quantity(found), " ".join(found[0].split())) for found in _PERIOD.finditer(text)]


def figures_in(text: str) -> Counter[str]:
    """Every figure of the text: periods in one unit, and the digits that belong to none."""
    rest = _PERIOD.sub(" ", re.sub(r"https?://\S+|\S+@\S+", " ", text))
    digits = (re.sub(r"[\s\u00a0\u202f.,](?=\d{3}(?!\d))", "", one).replace(",", ".") for one in _DIGITS.findall(rest))
    return Counter([*(say(quantity) for quantity, _ in periods_in(text)), *digits])


def quantity_of(duration: Duration) -> Quantity:
    """A duration of the register in the same measure."""
    unit, factor = _FACTORS[_ISO[duration.unit]]
    return duration.count * factor, unit


def say(quantity: Quantity) -> str:
    """`10 years`, `72 hours`, `4 days`."""
    count, unit = quantity
    size, name = next(
        (size, name)
        for size, name in {"m": ((12, "year"), (1, "month")), "h": ((24, "day"), (1, "hour"))}[unit]
        if count % size == 0
    )
    return f"{count // size} {name}{'' if count == size else 's'}"


def _quantity(found: re.Match[str]) -> Quantity:
    count = found["count"].lower()
    number = int(count) if count.isdigit() else _VALUES[count]
    unit, factor = _FACTORS[next(name for name in _UNITS if found[name])]
    return number * factor, unit


def sentences_with_periods(sentences: list[str]) -> Iterator[tuple[str, list[tuple[Quantity, str]]]]:
    """The sentences that name a period."""
    for sentence in sentences:
        found = periods_in(sentence)
        if found:
            yield sentence, found
