"""Support files packed as tar or tar.gz, in one pass."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from services.support import limits
from services.support.findings import NotUnderstoodError, Reading, RefusedError
from services.support.markup import CHUNK_BYTES, Stream
from services.support.members import Bounded, Budget, ReadMember, check_name, finished, joined, read_one, wanted


def read_tar(file: BinaryIO, source: str, read_member: ReadMember, *, packed: bool) -> Reading:
    """What the wanted members of a tar or tar.gz tell, in one pass."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    unpacked = gzip.GzipFile(fileobj=file) if packed else file
    metered = _Metered(unpacked, size)
    try:
        parts = _parts(metered, source, read_member)
    except (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError):
        raise RefusedError("malformed-tar") from None
    return finished(joined("atlassian-support-tar", parts))


def _parts(metered: _Metered, source: str, read_member: ReadMember) -> list[tuple[str, Reading]]:
    budget = Budget(limits.MAX_WANTED_BYTES)
    parts: list[tuple[str, Reading]] = []
    try:
        with tarfile.open(fileobj=cast(IO[bytes], metered), mode="r|", bufsize=CHUNK_BYTES) as archive:
            for entry in _tar_files(archive):
                if path := wanted(entry.name):
                    stream = archive.extractfile(entry)
                    if stream is not None:
                        part = read_one(read_member, Bounded(stream, budget), f"{source}!{entry.name}")
                        parts.append((path, part))
    except tarfile.ReadError:
        if parts:
            raise
        metered.drain()
        raise NotUnderstoodError("not-a-tar") from None
    metered.drain()
    return parts


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

    def drain(self) -> None:
        """Read on to the end: zeros that end a tar early, or no tar at all, must not hide a bomb."""
        while self.read():
            pass


def _tar_files(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    names: set[str] = set()
    for count, entry in enumerate(archive, 1):
        if count > limits.MAX_ENTRIES:
            raise RefusedError("too-many-entries")
        check_name(entry.name)
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
