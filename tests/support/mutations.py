"""Ways to spoil a file: what breaks on the way to a support desk, and what an attacker would send."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable

from hypothesis import strategies as st

MAX_BYTES = 300_000
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp850", "cp1252", "utf-7")
MEMBERS = ("application-properties/application.xml", "node/application-config/dbconfig.xml", "a.zip", "../a.zip", "x/y")

# A place and a measure, both as parts of a thousand, mean something else to each.
Mutation = tuple[str, int, int]


def truncated(data: bytes, at: int, measure: int) -> bytes:
    """Only the beginning."""
    return data[: len(data) * at // 1000]


def flipped(data: bytes, at: int, measure: int) -> bytes:
    """Some bytes are others."""
    changed = bytearray(data)
    for step in range(1 + measure // 100):
        if changed:
            changed[(len(data) * at // 1000 + step * 7919) % len(changed)] ^= 1 + (measure + step) % 255
    return bytes(changed)


def spliced(data: bytes, at: int, measure: int) -> bytes:
    """Whole lines stand somewhere else, so that what was behind a name still is."""
    lines = data.split(b"\n")
    first, second = len(lines) * at // 1000, len(lines) * measure // 1000
    return b"\n".join(lines[:first] + lines[second : second + 40] + lines[first:])


def repeated(data: bytes, at: int, measure: int) -> bytes:
    """Many times over."""
    return (data * (2 + measure))[:MAX_BYTES]


def encoded(data: bytes, at: int, measure: int) -> bytes:
    """The same characters in another encoding."""
    text = data[:MAX_BYTES].decode("utf-8", "surrogateescape")
    return text.encode(ENCODINGS[measure % len(ENCODINGS)], "replace")


def zipped(data: bytes, at: int, measure: int) -> bytes:
    """In a zip, or in zips in a zip."""
    for level in range(1 + measure % 4):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MEMBERS[at % len(MEMBERS)] if level == 0 else f"inner{level}.zip", data)
        data = made.getvalue()
    return data


def tarred(data: bytes, at: int, measure: int) -> bytes:
    """In a tar, packed or not."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo(MEMBERS[at % len(MEMBERS)])
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return gzip.compress(made.getvalue(), mtime=0) if measure % 2 else made.getvalue()


MUTATIONS: dict[str, Callable[[bytes, int, int], bytes]] = {
    mutate.__name__: mutate for mutate in (truncated, flipped, spliced, repeated, encoded, zipped, tarred)
}
THOUSANDTHS = st.integers(0, 1000)
# One or several, one after the other.
CHAINS = st.lists(st.tuples(st.sampled_from(sorted(MUTATIONS)), THOUSANDTHS, THOUSANDTHS), min_size=1, max_size=3)


def mutated(data: bytes, chain: list[Mutation]) -> bytes:
    """A file after all that."""
    for name, at, measure in chain:
        data = MUTATIONS[name](data, at, measure)
    return data
