"""Headers of every response, errors included (ecosystem.md 2.1; Atlassian's security requirements 3 and 7)."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from handlers.settings import Settings

# Where the bridge loads its theme from, and the fonts of that theme.
BRIDGE_STYLES = "https://connect-cdn.atl-paas.net https://ds-cdn.prod-east.frontend.public.atl-paas.net"
ONE_YEAR = 31_536_000
FRAMED = ("staff", "support")


def init_app(app: Flask, settings: Settings) -> None:
    """A nonce for each request's one script, and the headers."""
    bridge = urlsplit(settings.bridge_url)
    sites = " ".join(_origin(site) for site in settings.allowed_sites)

    @app.before_request
    def nonce() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)

    @app.after_request
    def add(response: Response) -> Response:
        framed = request.blueprint in FRAMED
        policy = {
            "default-src": "'none'",
            "script-src": f"'nonce-{g.get('csp_nonce', '')}' {bridge.scheme}://{bridge.netloc}" if framed else "'none'",
            "style-src": f"'self' {BRIDGE_STYLES}" if framed else "'self'",
            "font-src": f"'self' {BRIDGE_STYLES}" if framed else "'self'",
            "img-src": "'self' data:",
            "connect-src": "'self'" if framed else "'none'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": sites if framed and sites else "'none'",
        }
        headers = response.headers
        headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin" if request.endpoint == "static" else "same-origin"
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
        if request.endpoint != "static" and "ETag" not in headers:
            headers["Cache-Control"] = "no-cache, no-store"
        return response


def _origin(site: str) -> str:
    host = site.rsplit(":", 1)[0]
    return f"{'http' if host in ('localhost', '127.0.0.1') else 'https'}://{site}"
