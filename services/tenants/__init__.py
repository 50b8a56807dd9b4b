"""Installations of the app: the life of a tenant, safe in any order and any number of times (connect.md 1.2).

- `apply`: one verified lifecycle call brings the tenant to where it says.
- `rivals_of`, `settle`: two tenants at one address, after a site import or a lie: the site itself decides.
- `find`, `installed`, `jira_beside`, `host_of`: look-ups, and the tenant as a host that can be called.
"""

from __future__ import annotations

from services.tenants.lifecycle import LifecycleCall, Outcome, apply
from services.tenants.lookup import StoredKeys, find, host_of, installed, jira_beside
from services.tenants.secrets import current, drop_stale_secrets, in_window, previous, secrets_of
from services.tenants.site_import import rivals_of, settle

__all__ = [
    "LifecycleCall",
    "Outcome",
    "StoredKeys",
    "apply",
    "current",
    "drop_stale_secrets",
    "find",
    "host_of",
    "in_window",
    "installed",
    "jira_beside",
    "previous",
    "rivals_of",
    "secrets_of",
    "settle",
]
