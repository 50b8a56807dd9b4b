"""Installing the app as a host does: read the descriptor, send `installed`, keep the secret only if taken."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import requests

from connect import tokens
from sandbox.accounts import Account
from sandbox.outbox import Delivery

if TYPE_CHECKING:
    from sandbox.state import Tenant, World

TAKEN = (200, 204)
INSTALL_SECONDS = 900
MAX_DESCRIPTOR_BYTES = 1024 * 1024


class DescriptorError(Exception):
    """The descriptor cannot be read or would be refused by a host; the text says why."""


def read_descriptor(app_url: str) -> dict[str, Any]:
    """The app's descriptor, checked for what a host needs before it installs anything."""
    try:
        response = requests.get(f"{app_url}/atlassian-connect.json", timeout=20, allow_redirects=False)
        response.raise_for_status()
        descriptor = response.json() if len(response.content) <= MAX_DESCRIPTOR_BYTES else None
    except (requests.RequestException, ValueError) as error:
        raise DescriptorError(f"no descriptor: {type(error).__name__}") from None
    problems = list(_problems(descriptor, app_url))
    if problems or not isinstance(descriptor, dict):
        raise DescriptorError("; ".join(problems))
    return descriptor


def _problems(descriptor: object, app_url: str) -> list[str]:
    if not isinstance(descriptor, dict):
        return ["the descriptor is not a JSON object"]
    found = [f"{name} is missing" for name in ("key", "baseUrl", "authentication") if not descriptor.get(name)]
    authentication = descriptor.get("authentication")
    if not isinstance(authentication, dict) or authentication.get("type") != "jwt":
        found.append("authentication.type must be jwt")
    migrations = descriptor.get("apiMigrations")
    signed = isinstance(migrations, dict) and migrations.get("signed-install") is True
    if not signed:
        found.append("apiMigrations.signed-install must be true")
    lifecycle = descriptor.get("lifecycle")
    if not isinstance(lifecycle, dict) or not isinstance(lifecycle.get("installed"), str):
        found.append("lifecycle.installed is missing")
    if not str(descriptor.get("baseUrl", "")).startswith(("https://", "http://localhost")):
        found.append("baseUrl must be https")
    return found


def install(world: World, product: str, *, enable: bool = True, new_client_key: bool = False) -> dict[str, Any]:
    """Install or re-install on one product. `new_client_key` is what a site import does: same address, new tenant."""
    descriptor = read_descriptor(world.settings.app_url)
    tenant = world.tenants[product]
    client_key = f"sandbox-{secrets.token_hex(12)}" if new_client_key else tenant.client_key
    secret = secrets.token_urlsafe(48)
    body = payload(tenant, descriptor, client_key, "installed") | {"sharedSecret": secret}
    status = _send_signed_install(world, descriptor, "installed", body)
    if status not in TAKEN:
        return {"product": product, "event": "installed", "status": status, "installed": False}
    with world.lock:
        tenant.client_key, tenant.secret, tenant.descriptor = client_key, secret, descriptor
    answer = {"product": product, "event": "installed", "status": status, "installed": True}
    return answer | ({"enabled": callback(world, product, "enabled")["status"]} if enable else {})


def uninstall(world: World, product: str) -> dict[str, Any]:
    """Send `uninstalled` once, as hosts do, and forget the secret whatever the app answers."""
    tenant = world.tenants[product]
    status = _send_signed_install(
        world, tenant.descriptor, "uninstalled", payload(tenant, tenant.descriptor, tenant.client_key, "uninstalled")
    )
    with world.lock:
        tenant.secret, tenant.enabled = None, False
    return {"product": product, "event": "uninstalled", "status": status}


def callback(world: World, product: str, event: str) -> dict[str, Any]:
    """`enabled` or `disabled`: HS256 with the tenant's secret. Fire and forget, so the answer changes nothing here."""
    tenant = world.tenants[product]
    with world.lock:
        tenant.enabled = event == "enabled"
    path = tenant.descriptor.get("lifecycle", {}).get(event)
    if path is None or tenant.secret is None:
        return {"product": product, "event": event, "status": None}
    secret = tenant.secret
    url = tenant.app_base_url.rstrip("/") + path

    def token(now: int, qsh: str) -> str:
        return tokens.sign(secret, issuer=tenant.client_key, qsh=qsh, now=now, lifetime=INSTALL_SECONDS, context={})

    body = payload(tenant, tenant.descriptor, tenant.client_key, event)
    return {"product": product, "event": event, "status": _post(world, tenant.descriptor, event, url, body, token)}


def payload(tenant: Tenant, descriptor: dict[str, Any], client_key: str, event: str) -> dict[str, Any]:
    """The body of a lifecycle callback, without the secret."""
    name = tenant.product.title()
    return {
        "key": descriptor["key"],
        "clientKey": client_key,
        "oauthClientId": str(uuid5(NAMESPACE_URL, f"oauth/{client_key}")),
        "serverVersion": "100300",
        "pluginsVersion": "1001.0.0-SNAPSHOT",
        "baseUrl": tenant.base_url,
        "displayUrl": tenant.base_url,
        "productType": tenant.product,
        "description": f"Atlassian {name} at {tenant.base_url}",
        "eventType": event,
    }


def _send_signed_install(world: World, descriptor: dict[str, Any], event: str, body: dict[str, Any]) -> int | None:
    path = descriptor.get("lifecycle", {}).get(event)
    if path is None:
        return None
    base_url = str(descriptor["baseUrl"])
    admin: Account = world.account("alice")

    def token(now: int, qsh: str) -> str:
        claims = tokens.claim_set(
            body["clientKey"], qsh, now, INSTALL_SECONDS, admin.account_id, [base_url], context={}
        )
        return world.install_key.sign(claims)

    return _post(world, descriptor, event, base_url.rstrip("/") + path, body, token)


def _post(
    world: World,
    descriptor: dict[str, Any],
    event: str,
    url: str,
    body: dict[str, Any],
    token: Callable[[int, str], str],
) -> int | None:
    base_url = str(descriptor["baseUrl"])

    def headers(_: int) -> dict[str, str]:
        signed = token(int(time.time()), tokens.query_string_hash("POST", url, base_url))
        return {"Authorization": f"JWT {signed}", "Content-Type": "application/json"}

    raw = json.dumps(body).encode()
    delivery = Delivery("lifecycle", event, str(uuid4()), url, raw, headers, attempts=1, secret_body=True)
    entry = world.outbox.send(delivery)
    status = entry["attempts"][-1]["status"]
    return int(status) if status is not None else None
