"""The child process that reads one hostile file: standard input is the file, or the way to a file that is elsewhere
(`parts.py`); standard output is the reading as JSON.

Started by `extraction.py` as a script of its own, with no environment, no third-party package and these limits.
Whatever leaves it has been redacted and bounded.
"""

from __future__ import annotations

import gc
import io
import json
import os
import re
import resource
import sys
from typing import BinaryIO, cast

if __name__ == "__main__":
    # An isolated interpreter does not look beside the script: this is the checkout that holds `services`.
    sys.path.insert(0, __file__.rpartition("/services/")[0])

from services.support import limits
from services.support.findings import KINDS, Component, NotUnderstoodError, Reading, RefusedError, refused
from services.support.reading import read
from services.support.redaction import Redactor


def main() -> None:
    """Read standard input under limits and print the reading. Arguments: the name, and of a file elsewhere its size."""
    limit_this_process()
    # What one file leaves behind ends with this process; to look for it takes longer than it is worth.
    gc.disable()
    name, *size = sys.argv[1:] or ["file"]
    with _elsewhere(int(size[0])) if size else open(0, "rb", closefd=False) as file:
        reading = guarded(file, name)
    sys.stdout.write(json.dumps(as_json(reading)))


def _elsewhere(size: int) -> BinaryIO:
    # Most files are here: they need not wait for what a socket is.
    from services.support.parts import RemoteFile

    return cast(BinaryIO, io.BufferedReader(RemoteFile(0, size)))


def limit_this_process() -> None:
    """Memory, CPU, no files written, no processes, no core dump. Irrevocable."""
    for what, limit in (
        (resource.RLIMIT_AS, limits.CHILD_MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.CHILD_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, limits.CHILD_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def guarded(file: BinaryIO, name: str) -> Reading:
    """The reading of a file, redacted. Never raises: hostile input finds ways that no list of errors names."""
    try:
        return _redacted(read(file, name))
    except RefusedError as error:
        return refused(error.reason)
    except NotUnderstoodError as error:
        return Reading("unknown", reason=error.reason)
    except MemoryError:
        return refused("memory-limit")
    except RecursionError:
        return refused("too-deep")
    except Exception:
        return refused("malformed")


def as_json(reading: Reading) -> dict[str, object]:
    """What goes over the pipe."""
    return {
        **{key: getattr(reading, key) for key in ("status", "format", "reason", "facts", "redactions")},
        "warnings": reading.warnings,
        "components": [{**item.as_dict(), "bundled": item.bundled} for item in reading.components],
    }


def _redacted(reading: Reading) -> Reading:
    redactor = Redactor()
    kept = sorted(reading.components, key=lambda item: KINDS.index(item.kind))
    if len(kept) > limits.MAX_COMPONENTS:
        reading.warnings.append("truncated:components")
    reading.components = [_redacted_component(item, redactor) for item in kept[: limits.MAX_COMPONENTS]]
    reading.warnings = list(dict.fromkeys(reading.warnings))[: limits.MAX_WARNINGS]
    reading.redactions = max(reading.redactions, redactor.count)
    return reading


def _redacted_component(item: Component, redactor: Redactor) -> Component:
    version = redactor.redact_version(_storable(item.version)) if item.version else None
    raw = redactor.redact_version(_storable(item.raw))
    name, source = redactor.redact(_storable(item.name)), redactor.redact(_storable(item.source))
    return Component(item.kind, name, version, raw, source, bundled=item.bundled)


def _storable(text: str) -> str:
    """JSON may hold half a surrogate pair, and NUL; names in a tar the former. PostgreSQL takes neither."""
    return text if text.isprintable() else re.sub("[\0\ud800-\udfff]", "\ufffd", text)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # It has told all: to take down what it built would only take time.
    os._exit(0)
