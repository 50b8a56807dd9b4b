"""Staff come by the edge."""

from tests.handlers.conftest import bare, edge, install_key  # noqa: F401
