"""Support zips, read as streams.

`zipfile` inflates 97 KB to 100 MB without a word, accepts overlapping entries (CVE-2024-0450) and lets the last of two
equal names win (support.md 5); what is checked here is checked before the first byte is inflated.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from typing import IO

from services.support import limits
from services.support.findings import NotUnderstoodError, Reading, RefusedError
from services.support.members import Bounded, Budget, ReadMember, add, check_name, finished, joined, read_one, wanted

MAX_DEPTH = 2
# What `zipfile` raises on the way through an archive that is broken, or packed in a way that it does not know (that is
# its `NotImplementedError`). What a reader of members raises is not among it.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")


def read_zip(
    file: IO[bytes], source: str, read_member: ReadMember, depth: int = 1, budget: Budget | None = None
) -> Reading:
    """What the wanted members of a zip tell. `file` can seek; `read_member` reads one member's stream."""
    try:
        return _read_zip(file, source, read_member, depth, budget or Budget(limits.MAX_WANTED_BYTES))
    except _BROKEN:
        raise RefusedError("malformed-zip") from None


def _read_zip(file: IO[bytes], source: str, read_member: ReadMember, depth: int, budget: Budget) -> Reading:
    with _open_zip(file) as archive:
        entries = archive.infolist()
        _check_entries(entries, archive.start_dir)
        parts = []
        for entry in entries:
            if path := wanted(entry.filename):
                with _member(archive, entry) as stream:
                    member = Bounded(stream, budget, entry.compress_size)
                    parts.append((path, read_one(read_member, member, f"{source}!{entry.filename}")))
        reading = joined("atlassian-support-zip", parts)
        if not parts:
            _read_nested(archive, entries, source, read_member, depth, budget, reading)
    return finished(reading)


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    _check_directory_size(file)
    try:
        return zipfile.ZipFile(file)
    except (*_BROKEN, struct.error, ValueError, OSError):
        raise RefusedError("malformed-zip") from None


def _check_directory_size(file: IO[bytes]) -> None:
    # zipfile reads the whole directory into memory before it says how many entries there are.
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_OF_DIRECTORY.size:
        raise RefusedError("malformed-zip")
    _, _, _, _, entries, directory_bytes, _, _ = _END_OF_DIRECTORY.unpack_from(tail, at)
    file.seek(0)
    if entries > limits.MAX_ENTRIES or directory_bytes > limits.MAX_DIRECTORY_BYTES:
        raise RefusedError("too-many-entries")


def _check_entries(entries: list[zipfile.ZipInfo], directory_start: int) -> None:
    if len(entries) > limits.MAX_ENTRIES:
        raise RefusedError("too-many-entries")
    for entry in entries:
        check_name(entry.orig_filename)
        # zipfile adds to each place what it takes for a file in front of the archive; that may be less than nothing.
        if entry.header_offset < 0:
            raise RefusedError("malformed-zip")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise RefusedError("symlink")
    files = [entry.filename for entry in entries if not entry.is_dir()]
    if len(set(files)) < len(files):
        raise RefusedError("duplicate-names")
    # Local headers are at least 30 bytes; each entry has to end before the next one, and the directory, begin.
    spans = sorted((entry.header_offset, entry.header_offset + 30 + entry.compress_size) for entry in entries)
    starts = [start for start, _ in spans[1:]] + [directory_start]
    if any(end > start for (_, end), start in zip(spans, starts, strict=False)):
        raise RefusedError("overlapping-entries")


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    if entry.flag_bits & 0x1:
        raise RefusedError("encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError("compression-method")
    if entry.file_size > limits.MAX_MEMBER_BYTES:
        raise RefusedError("member-too-large")
    return archive.open(entry)


def _read_nested(
    archive: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    source: str,
    read_member: ReadMember,
    depth: int,
    budget: Budget,
    reading: Reading,
) -> None:
    """Zips in a zip: the nodes of a cluster, each with its own. One level of them, and not many."""
    nested = [entry for entry in entries if entry.filename.lower().endswith(".zip")]
    if nested and depth >= MAX_DEPTH:
        raise RefusedError("nested-too-deep")
    if len(nested) > limits.MAX_NESTED:
        raise RefusedError("too-many-nested")
    for entry in nested:
        if entry.file_size > min(
            limits.MAX_NESTED_BYTES, max(limits.RATIO_FREE_BYTES, entry.compress_size * limits.MAX_RATIO)
        ):
            raise RefusedError("ratio")
        if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedError("encrypted" if entry.flag_bits & 0x1 else "compression-method")
        # Not unpacked anywhere: zipfile seeks in the member by inflating it again, which the CPU limit bounds.
        with archive.open(entry) as inner:
            try:
                part = read_zip(inner, f"{source}!{entry.filename}", read_member, depth + 1, budget)
                add(reading, part, another_node=True)
            except NotUnderstoodError:
                reading.warnings.append("member-not-understood")
