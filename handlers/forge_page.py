"""What a page in Forge's own front end says of itself (docs/forge.md)."""

from __future__ import annotations

from flask import request


def as_page() -> bool:
    """It says so in its address: whether Forge's proxy keeps `Accept` is not documented."""
    return request.args.get("as") == "page"
