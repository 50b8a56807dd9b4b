"""Numbers and switches as products and operating systems write them, in six languages."""

from __future__ import annotations

import re

_GROUPED = re.compile(r"\d{1,15}(?:[.,\s']\d{3}){0,5}")
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def yes_or_no(text: str) -> bool | None:
    """A switch in the words of the products' languages."""
    word = text.strip().lower()
    if word in ("true", "on", "yes", "oui", "activé", "ja", "an", "sí", "si"):
        return True
    return False if word in ("false", "off", "no", "non", "désactivé", "nein", "aus") else None


def whole_number(text: str) -> int | None:
    """`40,000`, `8` and `2 047` as numbers."""
    match = _GROUPED.search(text)
    digits = re.sub(r"\D", "", match.group()) if match else ""
    return int(digits) if digits and len(digits) < 19 else None


def megabytes(text: str) -> int | None:
    """Memory in MiB. A bare number is bytes; `2 047 Mo` and `8.066 MB` group thousands, as Windows writes them."""
    number = whole_number(text)
    unit = re.search(r"\d\s{0,2}([kmgt])(?:i?[bo])?\b", text, re.IGNORECASE)
    if number is None:
        return None
    return number * (_UNITS[unit.group(1).lower()] if unit else 1) // 1024**2
