"""How a view finds the world it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from sandbox.state import World


def world() -> World:
    """The sandbox that serves the current request."""
    return cast("World", current_app.extensions["world"])
