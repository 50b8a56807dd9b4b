"""Headers of every response, errors included (ecosystem.md 2.1; Atlassian's security requirements 3 and 7)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from handlers.settings import Settings

# Where the bridge loads its theme from, and the fonts of that theme.
BRIDGE_STYLES = "https://connect-cdn.atl-paas.net https://ds-cdn.prod-east.frontend.public.atl-paas.net"
ONE_YEAR = 31_536_000
FRAMED = ("staff", "support", "confluence")
ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": f"max-age={ONE_YEAR}; includeSubDomains",
}
PLAIN_POLICY = {
    "default-src": "'none'",
    "script-src": "'none'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def header_value(policy: Mapping[str, str]) -> str:
    """A policy as its header is written."""
    return "; ".join(f"{name} {value}" for name, value in policy.items())


PLAIN = ALWAYS | {
    "Content-Security-Policy": header_value(PLAIN_POLICY),
    "Cross-Origin-Resource-Policy": "same-origin",
}
UNKEPT = {"Cache-Control": "no-cache, no-store"}


def init_app(app: Flask, settings: Settings) -> None:
    """The headers of every answer."""
    bridge = _origin(settings.bridge_url)
    sites = [_origin(_address(site)) for site in settings.allowed_sites]

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.update(PLAIN)
        if request.blueprint in FRAMED:
            headers["Content-Security-Policy"] = header_value(_framed_policy(bridge, sites))
        is_file = request.endpoint == "static" and response.status_code < 400
        if is_file:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        elif "ETag" not in headers:
            headers.update(UNKEPT)
        return response


def nonce() -> str:
    """The nonce of this request's scripts, made when a page first asks for it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _framed_policy(bridge: str, sites: Sequence[str]) -> Mapping[str, str]:
    # A page that was refused has no script, so nothing asked for a nonce.
    script = f"'nonce-{g.csp_nonce}' {bridge}" if "csp_nonce" in g else "'none'"
    return PLAIN_POLICY | {
        "script-src": script,
        "style-src": f"'self' {BRIDGE_STYLES}",
        "font-src": f"'self' {BRIDGE_STYLES}",
        "connect-src": "'self'",
        "frame-ancestors": " ".join(sorted({*sites, *_own_origins()})) or "'none'",
    }


def _own_origins() -> Iterator[str]:
    """Where the caller's site frames us: its own host, or the domain that it shows to people."""
    tenant = g.get("tenant")
    if tenant is not None:
        yield from {_origin(tenant.base_url), _origin(tenant.display_url)}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _address(site: str) -> str:
    host = site.rsplit(":", 1)[0]
    return f"{'http' if host in ('localhost', '127.0.0.1') else 'https'}://{site}"
