"""What a host does to frame an app: fill in a module's URL, add the host's parameters, sign, give context tokens."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from connect import tokens
from sandbox.accounts import Account
from sandbox.issues import PROJECTS, Issue

if TYPE_CHECKING:
    from sandbox.state import Tenant

LIFE_SECONDS = 900
VARIABLE = re.compile(r"\{([\w.]+)\}")


class NoSuchModuleError(KeyError):
    """The installed descriptor has no page module of that key."""


def page_modules(tenant: Tenant) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every module of the descriptor that is a page: its type and itself."""
    for kind, listed in tenant.descriptor.get("modules", {}).items():
        for module in listed if isinstance(listed, list) else [listed]:
            if isinstance(module, dict) and "key" in module and module_url(module):
                yield kind, module


def module_url(module: Mapping[str, Any]) -> str:
    target = module.get("target")
    return str(module.get("url") or (target.get("url") if isinstance(target, dict) else "") or "")


def find_module(tenant: Tenant, key: str) -> dict[str, Any]:
    """The page module `key`; NoSuchModuleError otherwise."""
    for _, module in page_modules(tenant):
        if module["key"] == key:
            return module
    raise NoSuchModuleError(key)


def variables(issue: Issue | None, extra: Mapping[str, str]) -> dict[str, str]:
    """What `{issue.key}`, `{project.id}` and `{ac.x}` stand for here; unknown ones become empty, as on a host."""
    known = {f"ac.{name}": value for name, value in extra.items()}
    if issue is not None:
        project = PROJECTS[issue.project_key]
        known |= {"issue.id": issue.issue_id, "issue.key": issue.key, "issue.issuetype.id": "10001"}
        known |= {"project.id": project[0], "project.key": issue.project_key}
    return known


def app_url(tenant: Tenant, url: str, *, issue: Issue | None = None, extra: Mapping[str, str] | None = None) -> str:
    """A URL of the descriptor made absolute, its variables filled in and escaped."""
    known = variables(issue, extra or {})
    filled = VARIABLE.sub(lambda match: quote(known.get(match[1], ""), safe=""), url)
    return filled if "://" in filled else tenant.app_base_url.rstrip("/") + "/" + filled.lstrip("/")


def page_url(
    tenant: Tenant,
    key: str,
    account: Account | None,
    *,
    issue: Issue | None = None,
    extra: Mapping[str, str] | None = None,
) -> str:
    """The address of a module's frame as the host builds it: its own parameters, and a token bound to all of it."""
    base = app_url(tenant, module_url(find_module(tenant, key)), issue=issue, extra=extra)
    site = urlsplit(tenant.base_url)
    added = {
        "xdm_e": f"{site.scheme}://{site.netloc}",
        "xdm_c": f"channel-{tenant.app_key}__{key}__{secrets.token_hex(4)}",
        "cp": site.path,
        "xdm_deprecated_addon_key_do_not_use": tenant.app_key,
        "lic": "active",
        "cv": "1001.0.0-SNAPSHOT",
    }
    url = base + ("&" if "?" in base else "?") + urlencode(added)
    qsh = tokens.query_string_hash("GET", url, tenant.app_base_url)
    return f"{url}&jwt={_sign(tenant, account, qsh, issue)}"


def context_token(tenant: Tenant, account: Account | None, issue: Issue | None = None) -> str:
    """What `AP.context.getToken()` gives: the same claims with the literal `context-qsh`."""
    return _sign(tenant, account, tokens.CONTEXT_QSH, issue)


def _sign(tenant: Tenant, account: Account | None, qsh: str, issue: Issue | None) -> str:
    if tenant.secret is None:
        raise NoSuchModuleError("not installed")
    return tokens.sign(
        tenant.secret,
        issuer=tenant.client_key,
        qsh=qsh,
        now=int(time.time()),
        lifetime=LIFE_SECONDS,
        subject=account.account_id if account else None,
        context=context_claim(tenant, issue),
    )


def context_claim(tenant: Tenant, issue: Issue | None) -> dict[str, Any]:
    """The `context` claim: the licence, the site's addresses, and the issue or the product around the frame."""
    product: dict[str, Any] = {}
    if issue is not None:
        project = PROJECTS[issue.project_key]
        product["issue"] = {"id": issue.issue_id, "key": issue.key, "issuetype": {"id": "10001"}}
        product["project"] = {"id": project[0], "key": issue.project_key}
    return {
        "license": {"active": True},
        "url": {"displayUrl": tenant.base_url, "displayUrlServicedeskHelpCenter": tenant.base_url},
        tenant.product: product,
    }
