"""Hostile files that the contracts do not hold, made on the spot."""

from __future__ import annotations

import gzip
import io
import json
import random
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterable

APPLICATION = "application-properties/application.xml"
PLAIN = b'<properties><product name="Jira" version="9.12.5"/></properties>'


def zipped(entries: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these entries, as they come."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def duplicate_names() -> bytes:
    return zipped([(APPLICATION, PLAIN), (APPLICATION, PLAIN.replace(b"9.12.5", b"6.6.6"))])


def many_entries() -> bytes:
    return zipped([(f"logs/{number}", b"") for number in range(10_500)])


def overlapping() -> bytes:
    """Two directory entries that point at the same data (CVE-2024-0450)."""
    whole = zipped([(APPLICATION, PLAIN)], zipfile.ZIP_STORED)
    at = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = whole[at:end]
    other = entry.replace(APPLICATION.encode(), b"application-config/dbconfig.xml".ljust(len(APPLICATION), b"x"))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), at, 0)
    return whole[:at] + entry + other + tail


def lying_size() -> bytes:
    """The directory says 10 bytes; the member inflates to 40 MB."""
    whole = bytearray(zipped([(APPLICATION, b" " * 40_000_000)]))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = whole.index(mark)
        whole[at + offset : at + offset + 4] = struct.pack("<L", 10)
    return bytes(whole)


def high_ratio() -> bytes:
    return zipped([(APPLICATION, b"<properties>" + b" " * 15_000_000 + b"</properties>")])


def encrypted() -> bytes:
    whole = bytearray(zipped([(APPLICATION, PLAIN)]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(mark) + offset] |= 1
    return bytes(whole)


def nul_name() -> bytes:
    return zipped([(APPLICATION + "Q.txt", PLAIN)]).replace(b".xmlQ", b".xml\x00")


def big_directory() -> bytes:
    """A directory of 60 MB, which `zipfile` would read into memory at once."""
    filler = b"PK\x01\x02" + b"\x00" * 60_000_000
    return b"PK\x03\x04" + filler + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(filler), 4, 0)


def cut_zip() -> bytes:
    return zipped([(APPLICATION, PLAIN * 50)])[:-40]


def spoiled_zip() -> bytes:
    """What a member inflates to is not what was packed."""
    whole = bytearray(zipped([(APPLICATION, PLAIN * 50)]))
    whole[30 + len(APPLICATION) + 20] ^= 0xFF
    return bytes(whole)


def before_the_beginning() -> bytes:
    """The directory says that it stands a kilobyte later than it does, so the member begins before the file."""
    whole = bytearray(zipped([(APPLICATION, PLAIN)]))
    at = whole.index(b"PK\x05\x06") + 16
    whole[at : at + 4] = struct.pack("<L", struct.unpack_from("<L", whole, at)[0] + 1_024)
    return bytes(whole)


def spoiled_gzip() -> bytes:
    """No tar, and no gzip either from its middle on."""
    whole = gzip.compress(random.Random(7).randbytes(200_000))
    return whole[:100_000] + b"\xff" * 50_000 + whole[150_000:]


def tarred(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for entry, data in entries:
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def tar_symlink() -> bytes:
    link = tarfile.TarInfo(APPLICATION)
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return tarred((link, b""))


def tar_slip() -> bytes:
    return tarred((tarfile.TarInfo("../../" + APPLICATION), PLAIN))


def tar_bomb() -> bytes:
    return tarred((tarfile.TarInfo("application-logs/a.log"), b"\0" * 120_000_000))


def tar_pax_bomb() -> bytes:
    """An extended header of 200 MB, which `tarfile` reads into memory."""
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 200_000_000
    return gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 200_000_000)


def gzip_of_zeros() -> bytes:
    return gzip.compress(b"\0" * 150_000_000)


def cut_tar() -> bytes:
    return tarred((tarfile.TarInfo(APPLICATION), PLAIN * 500))[:-30]


def deep_xml() -> bytes:
    return b"<properties>" + b"<a>" * 200_000


def deep_json() -> bytes:
    return b"[" * 100_000


def wide_json() -> bytes:
    return b"[" + b"[]," * 2_700_000 + b"[]]"


def many_elements() -> bytes:
    return b"<properties>" + b"<os-name>x</os-name>" * 800_000 + b"</properties>"


def many_attributes() -> bytes:
    return b"<properties " + b" ".join(b'a%d="1"' % number for number in range(100_000)) + b"/>"


def utf16_doctype() -> bytes:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE p [<!ENTITY x "y">]><properties>&x;</properties>'
    return text.encode("utf-16")


def har() -> bytes:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": []}}).encode()


def large_har() -> bytes:
    return b'{"log": {"entries": [' + b'{"request": {}},' * 700_000


REFUSED: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "duplicate-names": (duplicate_names, {"duplicate-names"}),
    "many-entries": (many_entries, {"too-many-entries"}),
    "overlapping": (overlapping, {"overlapping-entries"}),
    "lying-size": (lying_size, {"ratio", "malformed-zip", "member-too-large"}),
    "high-ratio": (high_ratio, {"ratio"}),
    "encrypted": (encrypted, {"encrypted"}),
    "nul-name": (nul_name, {"unsafe-name"}),
    "big-directory": (big_directory, {"too-many-entries"}),
    "cut-zip": (cut_zip, {"malformed-zip"}),
    "spoiled-zip": (spoiled_zip, {"malformed-zip"}),
    "before-the-beginning": (before_the_beginning, {"malformed-zip"}),
    "spoiled-gzip": (spoiled_gzip, {"malformed-tar"}),
    "tar-symlink": (tar_symlink, {"symlink"}),
    "tar-slip": (tar_slip, {"unsafe-name"}),
    "tar-bomb": (tar_bomb, {"ratio"}),
    "tar-pax-bomb": (tar_pax_bomb, {"ratio", "memory-limit", "malformed-tar"}),
    "gzip-of-zeros": (gzip_of_zeros, {"ratio", "malformed-tar"}),
    "cut-tar": (cut_tar, {"malformed-tar"}),
    "deep-xml": (deep_xml, {"xml-too-deep"}),
    "deep-json": (deep_json, {"json-too-deep"}),
    "many-attributes": (many_attributes, {"xml-too-many-attributes"}),
    "utf16-doctype": (utf16_doctype, {"doctype"}),
    "har": (har, {"har"}),
    "large-har": (large_har, {"har"}),
}


def symlink_zip(target: str) -> bytes:
    """A zip with a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("elsewhere")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
    return out.getvalue()
