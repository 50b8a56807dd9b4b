"""Text out of bytes of unknown encoding: BOM, UTF-16 by its shape, UTF-8, then cp850 or cp1252, whichever reads better.

Windows tools write French, German, Italian and Spanish in the console's cp850, where the no-break space of `2 047 Mo`
is the byte 0xFF (support.md 1.4).
"""

from __future__ import annotations

import codecs

from services.support.findings import NotUnderstoodError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EXPECTED = frozenset("éèêëàâäáçôöóòîïíìùûüúßñÉÈÀÇÖÜÄºª°«»’\u00a0")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\ufeff": "", "\x00": ""})


def decode(data: bytes) -> str:
    """The text, with plain spaces and `\\n` line ends; `NotUnderstoodError` for binary data."""
    text = _decode(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES)


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    wide = _wide_encoding(data[:4_000])
    if wide:
        return data.decode(wide, "replace")
    if b"\x00" in data:
        raise NotUnderstoodError("binary")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A text that was cut in the middle of its last character is still UTF-8.
        if error.start >= len(data) - 4 and error.start > 0:
            return data[: error.start].decode("utf-8")
    return max((data.decode(name, "replace") for name in ("cp1252", "cp850")), key=_score)


def _wide_encoding(head: bytes) -> str | None:
    if len(head) < 8:
        return None
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else None


def _score(text: str) -> int:
    return sum((1 if char in _EXPECTED else -2) for char in text[:200_000] if ord(char) > 127)
