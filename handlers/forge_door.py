"""Forge Remote: from an invocation token to the tenant and the caller it stands for. Off where no app id is set.

A FIT covers neither method, nor path, nor body (connect.md 5.2): so each route lists the modules that may call it, and
a token counts once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from connect import forge as protocol
from connect.fit import FitVerifier, Invocation, Site, TokenError
from connect.forge import ForgeHost, no_token
from connect.http import UpstreamError
from connect.jwks import KeySet
from handlers.errors import Problem
from handlers.forge_modules import callers_of
from handlers.settings import APP_KEY, LOCAL_HOSTS
from models.tenants import Tenant
from services import forge
from services.forge import Introduction

if TYPE_CHECKING:
    from handlers.parts import Parts

MAX_STRANGERS = 1_000
ASK_AGAIN_SECONDS = 300
# For a site that did not answer: less than the pauses of Forge's retries add up to.
RETRY_SECONDS = 5


@dataclass(frozen=True)
class Call:
    """One verified invocation, and what came with it."""

    invocation: Invocation
    system_token: str | None = field(repr=False)
    introduced: Mapping[str, Introduction]


class ForgeDoor:
    """The parts of Forge Remote. Make it with an app id set, after a fork."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        store = forge.StoredKeySet(parts.database, parts.clock)
        keys = KeySet(settings.forge_jwks_url, parts.outbound, store, time.time)
        self._verifier = FitVerifier(settings.forge_app_id or "", settings.forge_callers, keys)
        self._sites = Sites(parts)
        self._parts = parts

    def receive(self, authorization: str, system_token: str | None, endpoint: str) -> Call:
        """Verify one request to `endpoint`, and find out what is not known of its installation. Asks the site then."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenError("no-token")
        invocation = self._verifier.verify(token.strip(), int(time.time()))
        if invocation.module_key not in callers_of(endpoint):
            raise TokenError("wrong-module")
        readable = protocol.readable_token(system_token)
        with self._parts.database.read() as session:
            known = forge.is_known(session, invocation)
        introduced = {} if known else {site.product: self._introduce(site, readable) for site in invocation.sites}
        return Call(invocation, readable, introduced)

    def admit(self, session: Session, call: Call, *, arriving: bool = False) -> Tenant:
        """The tenant of a call, in the transaction of what it goes on to do. Its token is spent with that."""
        return forge.admit(
            session,
            self._parts.vault,
            call.invocation,
            introduced=call.introduced,
            system_token=call.system_token,
            arriving=arriving,
            app_key=APP_KEY,
            now=self._parts.clock(),
        )

    def host_for(self, tenant: Tenant) -> ForgeHost | None:
        """The tenant as a host that takes a system token, where one is at hand."""
        with self._parts.database.read() as session:
            return forge.host_for(session, self._parts.vault, tenant, self._parts.clock())

    def _introduce(self, site: Site, system_token: str | None) -> Introduction:
        site_url = self._sites.url_of(site.cloud_id)
        if system_token is None:
            # Without it nobody can say whether Connect knows this site: taken for a new one, the tenant would be lost.
            raise no_token()
        host = protocol.host_of(site, system_token)
        return Introduction(site_url, protocol.connect_client_key(host, site.product, self._parts.outbound))


class Sites:
    """Which of `ALLOWED_SITES` a cloud id belongs to. Each site says its own, once for the life of the process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[str, str] = {}
        self._strangers: dict[str, tuple[float, str | None]] = {}

    def url_of(self, cloud_id: str) -> str:
        """The site's URL; 403 for a site that may not install the app, which Forge would let any site do by a link."""
        if cloud_id not in self._known:
            until, failure = self._strangers.get(cloud_id, (0.0, None))
            if time.monotonic() >= until:
                failure = self._ask_sites()
                self._remember(cloud_id, failure)
            if cloud_id not in self._known:
                raise UpstreamError(failure) if failure else _not_allowed()
        return self._known[cloud_id]

    def _ask_sites(self) -> str | None:
        """Have every site that has not done so say its id; gives the outcome of a failure that may pass."""
        failure: str | None = None
        for site in self._parts.settings.allowed_sites:
            url = f"{'http' if site.rsplit(':', 1)[0] in LOCAL_HOSTS else 'https'}://{site}"
            if url not in self._known.values():
                try:
                    self._known[protocol.cloud_id_of(url, self._parts.outbound)] = url
                except UpstreamError as error:
                    failure = failure or (None if error.permanent else error.outcome)
        return failure

    def _remember(self, cloud_id: str, failure: str | None) -> None:
        """Strangers may call all day: what they are told is not worth asking the sites each time."""
        if len(self._strangers) >= MAX_STRANGERS:
            self._strangers.clear()
        self._strangers[cloud_id] = time.monotonic() + (RETRY_SECONDS if failure else ASK_AGAIN_SECONDS), failure


def _not_allowed() -> Problem:
    return Problem(403, "site-not-allowed", "this site is not in ALLOWED_SITES")


def context_of(invocation: Invocation) -> dict[str, Any]:
    """The context of a front-end call in the form that Connect's tokens have, so that one handler reads both."""
    extension = invocation.context.get("extension")
    around = extension if isinstance(extension, dict) else {}
    named = ("issue", "project", "content", "space")
    return {invocation.site.product: {name: around[name] for name in named if isinstance(around.get(name), dict)}}
