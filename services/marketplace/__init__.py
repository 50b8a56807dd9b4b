"""What the Marketplace tells of licences: observed, merged, linked, and shown as prospects."""

from services.marketplace.merge import licence_state

__all__ = ["licence_state"]
