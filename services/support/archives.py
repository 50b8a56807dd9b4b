"""Support zips and tar.gz, read as streams. Nothing is ever extracted to disk, and only exact paths are looked at.

`zipfile` inflates 97 KB to 100 MB without a word, accepts overlapping entries (CVE-2024-0450) and lets the last of two
equal names win (support.md 5); what is checked here is checked before the first byte is inflated.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, BinaryIO, cast

from services.support import limits
from services.support.assembly import merge
from services.support.findings import NotUnderstoodError, Reading, RefusedError, add_facts
from services.support.markup import Stream

# In the order of trust. Logs, access logs, user directories and thread dumps are not on the list: they hold people.
WANTED = (
    "application-properties/application.xml",
    "application-config/confluence.cfg.xml",
    "application-config/dbconfig.xml",
    "application-config/bamboo.cfg.xml",
    "application-config/crowd.cfg.xml",
    "application-config/bitbucket.properties",
    "application-config/cluster.properties",
    "tomcat-config/server.xml",
    # Packed by hand.
    "application.xml",
    "confluence.cfg.xml",
    "dbconfig.xml",
    "server.xml",
)
CHUNK_BYTES = 64 * 1024
MAX_DEPTH = 2
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")

ReadMember = Callable[[Stream, str], Reading]


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than it may, however it was announced."""

    def __init__(self, stream: IO[bytes], budget: Budget, packed_bytes: int | None = None) -> None:
        self._stream = stream
        self._budget = budget
        self._packed = packed_bytes
        self._given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(min(size, CHUNK_BYTES) if size >= 0 else CHUNK_BYTES)
        self._given += len(chunk)
        self._budget.spend(len(chunk))
        if self._given > limits.MAX_MEMBER_BYTES:
            raise RefusedError("member-too-large")
        if self._packed is not None and self._given > max(limits.RATIO_FREE_BYTES, self._packed * limits.MAX_RATIO):
            raise RefusedError("ratio")
        return chunk


class Budget:
    """What one archive may unpack to in all."""

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Take `size` bytes off; `RefusedError` when there are not as many."""
        self._left -= size
        if self._left < 0:
            raise RefusedError("archive-too-large")


def wanted(name: str) -> str | None:
    """The path on the list that a member is read as, at the top or in one folder; None for every other member."""
    path = name.replace("\\", "/")
    inner = path.partition("/")[2]
    return path if path in WANTED else inner if inner in WANTED else None


def read_zip(
    file: IO[bytes], source: str, read_member: ReadMember, depth: int = 1, budget: Budget | None = None
) -> Reading:
    """What the wanted members of a zip tell. `file` can seek; `read_member` reads one member's stream."""
    budget = budget or Budget(limits.MAX_WANTED_BYTES)
    with _open_zip(file) as archive:
        entries = archive.infolist()
        _check_entries(entries, archive.start_dir)
        parts = []
        for entry in entries:
            if path := wanted(entry.filename):
                with _member(archive, entry) as stream:
                    member = Bounded(stream, budget, entry.compress_size)
                    parts.append((path, _read_one(read_member, member, f"{source}!{entry.filename}")))
        reading = _joined("atlassian-support-zip", parts)
        if not parts:
            _read_nested(archive, entries, source, read_member, depth, budget, reading)
    return _finished(reading)


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    _check_directory_size(file)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, struct.error, ValueError, EOFError, NotImplementedError, OSError):
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
        _check_name(entry.orig_filename)
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


def _check_name(name: str) -> None:
    path = name.replace("\\", "/")
    if "\x00" in name or path.startswith("/") or path[1:2] == ":" or ".." in path.split("/"):
        raise RefusedError("unsafe-name")


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
                _add(reading, part, another_node=True)
            except NotUnderstoodError:
                reading.warnings.append("member-not-understood")


def read_tar(file: BinaryIO, source: str, read_member: ReadMember, *, packed: bool) -> Reading:
    """What the wanted members of a tar or tar.gz tell, in one pass."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    unpacked = gzip.GzipFile(fileobj=file) if packed else file
    budget = Budget(limits.MAX_WANTED_BYTES)
    parts: list[tuple[str, Reading]] = []
    try:
        with tarfile.open(fileobj=cast(IO[bytes], _Metered(unpacked, size)), mode="r|", bufsize=CHUNK_BYTES) as archive:
            for entry in _tar_files(archive):
                if path := wanted(entry.name):
                    stream = archive.extractfile(entry)
                    if stream is not None:
                        part = _read_one(read_member, Bounded(stream, budget), f"{source}!{entry.name}")
                        parts.append((path, part))
    except tarfile.ReadError:
        raise (NotUnderstoodError("not-a-tar") if not parts else RefusedError("malformed-tar")) from None
    except (gzip.BadGzipFile, EOFError, tarfile.TarError):
        raise RefusedError("malformed-tar") from None
    return _finished(_joined("atlassian-support-tar", parts))


class _Metered(io.RawIOBase):
    """The unpacked archive, up to what it may come to in all."""

    def __init__(self, stream: Stream, packed_bytes: int) -> None:
        self._stream = stream
        self._limit = min(limits.MAX_UNPACKED_BYTES, max(16 * limits.MIB, packed_bytes * limits.MAX_RATIO))
        self._given = 0

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(min(size, CHUNK_BYTES) if size >= 0 else CHUNK_BYTES)
        self._given += len(chunk)
        if self._given > self._limit:
            raise RefusedError("ratio")
        return chunk


def _tar_files(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    names: set[str] = set()
    for count, entry in enumerate(archive, 1):
        if count > limits.MAX_ENTRIES:
            raise RefusedError("too-many-entries")
        _check_name(entry.name)
        if entry.isdir():
            continue
        if not entry.isreg() or entry.issparse():
            raise RefusedError("symlink" if entry.issym() or entry.islnk() else "special-file")
        if entry.name in names:
            raise RefusedError("duplicate-names")
        names.add(entry.name)
        # `./application-properties/…` is how `tar czf x.tgz .` writes it.
        entry.name = entry.name.removeprefix("./")
        yield entry


def _joined(form: str, parts: list[tuple[str, Reading]]) -> Reading:
    """Members in the order of trust; the same path a second time is another node of the cluster."""
    reading = Reading("parsed", form)
    seen: set[str] = set()
    for path, part in sorted(parts, key=lambda part: WANTED.index(part[0])):
        _add(reading, part, another_node=path in seen)
        seen.add(path)
    return reading


def _read_one(read_member: ReadMember, stream: Bounded, source: str) -> Reading:
    try:
        return read_member(stream, source)
    except NotUnderstoodError:
        return Reading("unknown", warnings=["member-not-understood"])
    except RefusedError as error:
        # A file that was cut off says nothing against the others; anything worse does.
        if error.reason != "malformed-xml":
            raise
        return Reading("unknown", warnings=["member-malformed"])


def _add(reading: Reading, part: Reading, *, another_node: bool) -> None:
    reading.warnings += part.warnings + merge(reading.components, part.components, another_node=another_node)
    reading.redactions += part.redactions
    add_facts(reading.facts, part.facts)


def _finished(reading: Reading) -> Reading:
    if not reading.components:
        raise NotUnderstoodError("no-configuration-found")
    return reading
