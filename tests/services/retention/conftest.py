"""The edge is needed here too: whether something is stored shows in what a visit leaves behind."""

from tests.handlers.conftest import bare, edge, install_key  # noqa: F401
