"""A stand-in for one Atlassian site, its key servers and its Marketplace. It imports `connect.tokens` at most."""

from sandbox.server import Sandbox

__all__ = ["Sandbox"]
