"""Samples spoiled by a fuzzer that watches which lines of the reader each of them reaches. `make fuzz`.

Arguments: seconds, and files to try again. What it learns stays in var/fuzz/corpus, what goes wrong in
var/fuzz/found-*. `tests/support/test_fuzz.py` asks the same of samples that it spoils without watching.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import sys
import zipfile
import zlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["services"]):
    from services.support import limits
    from tests.fuzz.target import read

    # The reader imports these when a file needs them, which would be too late to watch them.
    for late in ("plain", "tarballs"):
        import_module(f"services.support.{late}")

from tests.contracts import CONTRACTS

FOLDER = Path(__file__).resolve().parents[2] / "var" / "fuzz"
MAX_BYTES = 64 * limits.KIB
# Forms of which there is no short sample.
MORE_SEEDS = {
    "bom.xml": b'<bom><components><component type="library"><name>jira</name><version>9.12.5</version>'
    b"<purl>pkg:maven/a/jira@9.12.5</purl></component></components></bom>",
    "spdx.txt": b"SPDXVersion: SPDX-2.3\nPackageName: log4j\nPackageVersion: 2.20.0\nPackageName: h2\n",
    "server-info.json": b'{"baseUrl": "x", "version": "1001.0.0", "buildNumber": 1, "deploymentType": "Cloud"}',
}
# The child has 12 seconds of the processor and 256 MiB; the fuzzer's own watching costs several times that.
LIMITS = ("-timeout=20", "-rss_limit_mb=768", f"-max_len={MAX_BYTES}")


def spoil(data: bytes, size: int, seed: int) -> bytes:
    """A change; in an archive mostly of what it holds, for a change of its bytes would only break it."""
    chance = random.Random(seed)
    if data.startswith(b"\x1f\x8b") and chance.random() < 0.8:
        with contextlib.suppress(OSError, EOFError, zlib.error):
            return gzip.compress(atheris.Mutate(gzip.decompress(data)[:size], size))[:size]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()[:20]]
    except Exception:
        members = []
    if not members or chance.random() < 0.2:
        return bytes(atheris.Mutate(data, size))
    place = chance.randrange(len(members))
    name, held = members[place]
    members[place] = (name, bytes(atheris.Mutate(held[:size], size)))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in members:
            archive.writestr(name, held)
    return made.getvalue() if len(made.getvalue()) <= size else data


def sow(folder: Path) -> None:
    """The samples, as far as they are short, and some more."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in CONTRACTS.glob("support/*/*"):
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            (folder / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    for name, seed in MORE_SEEDS.items():
        (folder / name).write_bytes(seed)


def main(arguments: Sequence[str]) -> None:
    """Runs until the time is over or something is found; the exit status says which."""
    seconds, *again = arguments
    sow(FOLDER / "seeds")
    (FOLDER / "corpus").mkdir(exist_ok=True)
    where = again or [str(FOLDER / "corpus"), str(FOLDER / "seeds")]
    options = (*LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={FOLDER}/found-", "-print_final_stats=1")
    atheris.Setup([sys.argv[0], *options, *where], read, custom_mutator=spoil)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
