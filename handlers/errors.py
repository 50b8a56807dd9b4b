"""Errors: RFC 9457 problem+json for machines, a plain page for people. No input, trace or token in either."""

from __future__ import annotations

import json
import traceback

import structlog
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from connect.http import UpstreamError
from connect.tokens import TokenError
from connect.webhooks import SignatureError
from handlers.i18n import gettext_noop, language, translate

log = structlog.get_logger(__name__)

MACHINE_PATHS = (
    "/staff/api/",
    "/support/api/",
    "/webhooks/",
    "/connect/",
    "/forge/",
    "/metrics",
    "/readyz",
    "/healthz",
)

TITLES = {
    400: gettext_noop("The request is not understood"),
    401: gettext_noop("You are not signed in"),
    403: gettext_noop("You may not see this page"),
    404: gettext_noop("There is nothing here"),
    405: gettext_noop("This is not possible here"),
    409: gettext_noop("This has changed meanwhile"),
    413: gettext_noop("This is too large"),
    429: gettext_noop("Too many requests"),
    500: gettext_noop("Something went wrong on our side"),
    503: gettext_noop("We can't answer just now"),
}
TEXTS = {
    404: gettext_noop("The link is incomplete, has expired or never existed. Please check that you copied it whole."),
    503: gettext_noop("Please try again in a moment."),
}


class Problem(Exception):
    """A refusal with a stable `code`. `detail` is in plain words and repeats nothing of the input."""

    def __init__(self, status: int, code: str, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.retry_after = status, code, detail, retry_after


def init_app(app: Flask) -> None:
    """Answer every error in the form that its caller reads."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(TokenError, _refuse_token)
    app.register_error_handler(SignatureError, lambda error: answer(Problem(401, f"signature-{error.code}")))
    app.register_error_handler(UpstreamError, _upstream)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer(problem: Problem) -> Response:
    """The response for a problem."""
    response = _for_machines(problem) if _is_machine() else _for_people(problem)
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _is_machine() -> bool:
    if request.path.startswith(MACHINE_PATHS):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _for_machines(problem: Problem) -> Response:
    body = {"type": "about:blank", "title": TITLES.get(problem.status, "Error"), "status": problem.status}
    body |= {"code": problem.code} | ({"detail": problem.detail} if problem.detail else {})
    return Response(json.dumps(body), mimetype="application/problem+json")


def _for_people(problem: Problem) -> Response:
    title = translate(language(), TITLES.get(problem.status, TITLES[500]))
    text = translate(language(), TEXTS[problem.status]) if problem.status in TEXTS else ""
    return Response(render_template("public/message.html", title=title, text=text), mimetype="text/html")


def _refuse_token(error: TokenError) -> Response:
    log.info("token.refused", code=error.code, endpoint=request.endpoint)
    return answer(Problem(401, f"token-{error.code}"))


def _upstream(error: UpstreamError) -> Response:
    log.warning("upstream.failed", outcome=error.outcome, endpoint=request.endpoint)
    return answer(Problem(503, "upstream", retry_after=error.retry_after or 30))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    known = answer(Problem(status, (error.name or "error").lower().replace(" ", "-")))
    if status == 405:
        known.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return known


def _unexpected(error: Exception) -> Response:
    # The message of an exception may hold personal data; where it came from and of what kind it is says enough.
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    log.error("request.failed", kind=type(error).__name__, endpoint=request.endpoint, frames=frames)
    return answer(Problem(500, "internal"))
