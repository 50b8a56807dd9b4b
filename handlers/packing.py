"""Our own pages and files are sent packed to whoever can unpack them.

Only what a token of the host fetches, or what is the same for everybody: nobody else can make a browser ask for it, so
the packed length tells nothing (the attack named BREACH needs that). Public pages with a link of one person are
sent as they are.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

PATHS = ("/staff/", "/support/", "/static/")
KINDS = ("text/html", "text/css", "text/javascript", "text/csv", "image/svg+xml", "application/json")
# Below this a packed answer saves no packet.
WORTH_IT = 1_400


def init_app(app: Flask) -> None:
    """Pack answers."""

    @app.after_request
    def pack(response: Response) -> Response:
        if not request.path.startswith(PATHS) or response.mimetype not in KINDS or response.status_code != 200:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or response.content_encoding:
            return response
        # Files are passed through by the server unread otherwise.
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < WORTH_IT:
            return response
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.content_encoding = "gzip"
        etag, _ = response.get_etag()
        if etag:
            response.set_etag(etag, weak=True)
        return response
