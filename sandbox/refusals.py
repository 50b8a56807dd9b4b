"""The official shapes of refusal, one family a product, and the answers of ordered faults."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from sandbox.faults import Fault

REASONS = {
    400: ("INVALID_REQUEST_PARAMETER", "Bad Request"),
    401: ("UNAUTHORIZED", "Unauthorized"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not Found"),
    409: ("CONFLICT", "Conflict"),
    413: ("PAYLOAD_TOO_LARGE", "Request body is over the limit of 5 MB"),
    500: ("INTERNAL_SERVER_ERROR", "Internal Server Error"),
}


class RefusedError(Exception):
    """A request that the real API would refuse. `product` decides the shape of the answer."""

    def __init__(self, status: int, message: str = "", *, code: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status, self.message, self.code = status, message, code


def json_answer(value: Any, status: int = 200) -> Response:
    """`value` as a JSON response of that status."""
    response = jsonify(value)
    response.status_code = status
    return response


def jira_refusal(status: int, message: str = "") -> Response:
    """Jira's ErrorCollection."""
    return json_answer({"errorMessages": [message] if message else [], "errors": {}}, status)


def confluence_refusal(status: int, title: str = "", code: str = "") -> Response:
    """Confluence v2's list of errors. The real one writes the status of a conflict as text."""
    reason = REASONS.get(status, ("ERROR", "Error"))
    shown = str(status) if status == 409 else status
    error = {"status": shown, "code": code or reason[0], "title": title or reason[1], "detail": None}
    return json_answer({"errors": [error]}, status)


def confluence_v1_refusal(status: int, message: str = "") -> Response:
    """Confluence v1's single error."""
    data = {"authorized": status not in (401, 403), "valid": status != 400, "errors": [], "successful": False}
    return json_answer({"statusCode": status, "data": data, "message": message or REASONS[status][1]}, status)


def desk_refusal(status: int, message: str = "") -> Response:
    """The customer API's single error."""
    return json_answer({"errorMessage": message, "i18nErrorMessage": {"i18nKey": "sandbox", "parameters": []}}, status)


def shaped_refusal(status: int, message: str = "", code: str = "") -> Response:
    """A refusal in the shape of whichever API the request was for."""
    if request.path.startswith("/wiki/api/"):
        return confluence_refusal(status, message, code)
    if request.path.startswith("/wiki/"):
        return confluence_v1_refusal(status, message or REASONS.get(status, ("", "Error"))[1])
    if request.path.startswith("/rest/servicedeskapi/"):
        return desk_refusal(status, message or REASONS.get(status, ("", "Error"))[1])
    if request.path.startswith("/rest/atlassian-connect/"):
        return json_answer({"message": message or REASONS.get(status, ("", "Error"))[1], "statusCode": status}, status)
    return jira_refusal(status, message)


def stale_version(current: int, provided: object) -> str:
    """Confluence's own words for a version that is not the next one."""
    return (
        "Version must be incremented when updating a page. "
        f"Current Version: [{current}]. Provided version: [{provided}]"
    )


def refuse(fault: Fault) -> Response:
    """The answer of an ordered fault that keeps the request from being applied."""
    if fault.kind in ("429", "429-bare"):
        return _rate_limited(fault)
    if fault.kind == "redirect":
        return Response("", 302, {"Location": fault.to or "http://localhost/elsewhere"})
    status = int(fault.kind)
    if status == 409:
        provided = _provided_version()
        response = shaped_refusal(409, stale_version(provided, provided))
    elif status >= 502:
        response = Response("upstream is not well", status, mimetype="text/plain")
    else:
        response = shaped_refusal(status)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _provided_version() -> int:
    body = request.get_json(silent=True)
    version = body.get("version") if isinstance(body, dict) else None
    number = version.get("number") if isinstance(version, dict) else None
    return number if isinstance(number, int) else 1


def _rate_limited(fault: Fault) -> Response:
    # The quota answers with Retry-After; the gateway in front of it, as seen on 2026-04-22, does not.
    if fault.kind == "429-bare":
        headers = {"X-Failure-Category": "FAILURE CLIENT RATE LIMITED", "X-RateLimit-Remaining": "0"}
    else:
        headers = {
            "Retry-After": str(1 if fault.retry_after is None else fault.retry_after),
            "X-RateLimit-Limit": "40000",
            "X-RateLimit-Remaining": "0",
            "RateLimit-Reason": "confluence-quota-global-based",
        }
    return Response("", 429, headers)
