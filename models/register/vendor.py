"""The controller: who publishes the policy and answers for the processing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vendor:
    """Name, contact address for privacy matters, and postal address, as the policy and the letters print them."""

    name: str
    contact_email: str
    address: str
