"""Atlassian's API as a Forge app calls it: `/ex/<product>/<cloud id>/…` with a system token; the site's cloud id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.context import world
from sandbox.guard import api
from sandbox.refusals import RefusedError
from sandbox.state import Tenant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.state import World

blueprint = Blueprint("forge_api", __name__)
# Reserved and read-only: what the migration from Connect joins a tenant by.
CLIENT_KEY = "connect_client_key_019cdff3-8bfb-71fe-9628-875b700aebb8"


@blueprint.get("/_edge/tenant_info")
def tenant_info() -> ResponseReturnValue:
    """Anybody may ask."""
    return jsonify({"cloudId": world().forge.cloud_id})


def _property(tenant: Tenant, key: str) -> ResponseReturnValue:
    if request.headers.get("Authorization", "").partition(" ")[0] != "Bearer":
        raise RefusedError(403, "Access to this resource must be authenticated as an app.")
    known: dict[str, Any] = dict(tenant.properties)
    if tenant.secret is not None:
        known[CLIENT_KEY] = tenant.client_key
    if key not in known:
        raise RefusedError(404, f"Property with key {key} not found.")
    g.issuer = "forge"
    return jsonify({"key": key, "value": known[key]})


api(blueprint, "jira", "/rest/forge/1/app/properties/<key>", scope="NONE")(_property)
api(blueprint, "confluence", "/wiki/api/v2/app/properties/<key>", scope="NONE")(_property)


class Gateway:
    """Hands `/ex/<product>/<cloud id>/<path>` on as `<path>`, marked as a call through it."""

    def __init__(self, world_: World, inner: WSGIApplication) -> None:
        self._world, self._inner = world_, inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for product in ("jira", "confluence"):
            prefix = f"/ex/{product}/{self._world.forge.cloud_id}"
            if environ["PATH_INFO"].startswith(prefix + "/"):
                for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI"):
                    environ[name] = environ[name].removeprefix(prefix)
                environ["sandbox.forge"] = product
        return self._inner(environ, start_response)
