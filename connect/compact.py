"""The compact form of a signed token (RFC 7515, 3.1 and 7.1), read strictly. Nothing in it is verified yet.

PyJWT reads a token anew for each question asked of it, letter by letter; that costs more than all else that a guard
does. The signature itself stays PyJWT's to check (`connect.tokens`).
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# The signature may be empty: so writes `none`, which is to be refused by its name.
_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_TO_STANDARD = str.maketrans("-_", "+/")


@dataclass(frozen=True)
class Compact:
    """A token taken apart. `signed` is what `signature` covers."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


# A guard asks a token for its issuer, and then verifies it: it is read once for both.
@lru_cache(maxsize=16)
def read(token: str) -> Compact:
    """Take a token apart; `ValueError` for anything but three parts of canonical base64url, two of them objects."""
    parts = _FORM.fullmatch(token)
    if parts is None:
        raise ValueError("not three parts of base64url")
    header, claims = (_json_object(part) for part in parts.group(1, 2))
    # A critical extension is one that has to be understood, and none is; `b64` would change what is signed (RFC 7797).
    if "crit" in header or "b64" in header:
        raise ValueError("an extension that is not understood")
    signed = token[: parts.end(2)].encode()
    return Compact(header, claims, signed, _bytes(parts[3]))


def _json_object(part: str) -> Mapping[str, Any]:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _bytes(part: str) -> bytes:
    padded = part.translate(_TO_STANDARD) + "=" * (-len(part) % 4)
    decoded = binascii.a2b_base64(padded, strict_mode=True)
    # Bits that encode nothing would let one signature be written in several ways.
    if binascii.b2a_base64(decoded, newline=False) != padded.encode():
        raise ValueError("not canonical base64url")
    return decoded
