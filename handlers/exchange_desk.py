"""The effect that brings a package to the service desk that is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connect.http import UpstreamError
from handlers.parts import Parts
from services.exchange import sending

KIND = sending.KIND


def bring(parts: Parts, payload: Mapping[str, Any]) -> None:
    """Bring it there, or go on with it; `UpstreamError` where the desk does not answer, or none is set any more."""
    if parts.service_desk is None:
        raise UpstreamError("no-target")
    sending.send(parts.database.write, parts.vault, parts.service_desk, payload["package"], parts.clock)
