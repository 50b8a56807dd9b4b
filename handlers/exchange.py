"""Packages for Atlassian, for staff: built, seen byte by byte, approved by another of them, handed over.

Whoever does any of it may also see the case in Jira.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from handlers import asking, support
from handlers.bodies import text_fields
from handlers.errors import Problem
from handlers.parts import parts
from models.exchange import ExchangePackage, PackageState
from services.disclosure import RefusedDisclosureError
from services.exchange import ExchangeError, packages, release, sending, standing
from services.exchange.contents import LONGEST_QUESTION, PARTS, request_of
from services.exchange.packages import Wanted

blueprint = Blueprint("exchange", __name__, url_prefix="/staff/api/exchange")

Act = Callable[[Session, ExchangePackage], Any]
STATUSES = {"unknown-case": 404, "nothing-to-tell": 409, "unknown-part": 400, "no-question": 400, "not-a-key": 400,
            "address-needed": 400, "not-an-address": 400}  # fmt: skip


@blueprint.get("")
def list_packages() -> ResponseReturnValue:
    """The newest packages of this site, without their content: `{"items"}`."""
    with parts().database.read() as session:
        found = packages.listed(session, g.caller.client_key)
    if not asking.wants_html():
        return jsonify({"items": found})
    shown = {"items": found, "parts": PARTS, "longest": LONGEST_QUESTION, "now": parts().clock()}
    return render_template("staff/fragments/exchange.html", **shown)


@blueprint.post("")
def build() -> ResponseReturnValue:
    """Build a package: `case question [address]`, and `part.product`, `part.database` … for what is to be in it."""
    body = text_fields()
    try:
        made = _propose(body)
    except ExchangeError as error:
        if not asking.wants_html():
            raise _problem(error) from None
        return render_template("staff/fragments/exchange_built.html", refused=error.code)
    if not asking.wants_html():
        return jsonify(made), 201
    return render_template("staff/fragments/exchange_built.html", package=made)


@blueprint.get("/<package_id>")
def show_package(package_id: str) -> ResponseReturnValue:
    """One package, and the exact bytes that would leave. The look is in the journal, or does not happen."""
    p = parts()

    def look(session: Session, package: ExchangePackage) -> dict[str, Any]:
        packages.note(session, package, "read", actor=asking.actor(), now=p.clock())
        return _shown(session, package)

    found = _on(package_id, look)
    if not asking.wants_html():
        return jsonify(found)
    return render_template("staff/fragments/exchange_package.html", package=found, desk=p.service_desk, now=p.clock())


@blueprint.post("/<package_id>/approve")
def approve(package_id: str) -> ResponseReturnValue:
    """Agree to the bytes whose SHA-256 is `sha256`: those that were shown. 409 for whoever asked for the package."""
    digest = text_fields().get("sha256", "")

    def act(session: Session, package: ExchangePackage) -> Any:
        p = parts()
        packages.approve(session, p.vault, package, digest=digest, actor=asking.actor(), now=p.clock())
        return packages.told(package)

    return asking.done(_on(package_id, act))


@blueprint.post("/<package_id>/withdraw")
def withdraw(package_id: str) -> ResponseReturnValue:
    """It does not leave."""

    def act(session: Session, package: ExchangePackage) -> Any:
        packages.withdraw(session, package, actor=asking.actor(), now=parts().clock())
        return packages.told(package)

    return asking.done(_on(package_id, act))


@blueprint.post("/<package_id>/hand-over")
def hand_over(package_id: str) -> ResponseReturnValue:
    """Enter it in the register of disclosures; from then on its file can be saved.

    `way=desk`: the worker enters it, and brings it to the service desk that is set.
    """
    p, by_desk = parts(), text_fields().get("way") == "desk"
    leave = sending.order if by_desk else release.by_download

    def act(session: Session, package: ExchangePackage) -> Any:
        if by_desk and p.service_desk is None:
            raise ExchangeError("no-target")
        leave(session, p.vault, package, actor=asking.actor(), now=p.clock())
        return packages.told(package)

    answer = asking.done(_on(package_id, act))
    p.jobs.wake_outbox()
    return answer


@blueprint.get("/<package_id>/file")
def save(package_id: str) -> ResponseReturnValue:
    """The file of a package that was handed over, as often as it is asked for; each time is in the journal."""

    def act(session: Session, package: ExchangePackage) -> bytes:
        p = parts()
        if package.state != PackageState.HANDED_OVER:
            raise ExchangeError("wrong-state")
        standing.require_free(session, p.vault, package)
        packages.note(session, package, "export", actor=asking.actor(), now=p.clock())
        return standing.content_of(p.vault, package) or b""

    file = request_of(_on(package_id, act))
    headers = {"Content-Disposition": f'attachment; filename="{file.file_name}"'}
    return Response(file.file, mimetype="application/json", headers=headers)


@blueprint.post("/<package_id>/key")
def record_key(package_id: str) -> ResponseReturnValue:
    """The `key` that Atlassian gave the case."""
    key = text_fields().get("key", "")

    def act(session: Session, package: ExchangePackage) -> Any:
        packages.record_key(session, package, key, actor=asking.actor(), now=parts().clock())
        return packages.told(package)

    return asking.done(_on(package_id, act))


def _propose(body: Mapping[str, str]) -> dict[str, Any]:
    p, client_key = parts(), g.caller.client_key
    with p.database.read() as session:
        case = packages.find_case(session, client_key, body.get("case", "").strip())
    if case is None:
        raise ExchangeError("unknown-case")
    support.require_browsing(case.issue_id)
    address = support.reporter_address(case.issue_id) or body.get("address", "").strip()
    if not address:
        raise ExchangeError("address-needed")
    chosen = tuple(part for part in PARTS if body.get(f"part.{part}"))
    wanted = Wanted(case.id, chosen, body.get("question", ""), address)
    with p.database.write() as session:
        return packages.told(packages.propose(session, p.vault, wanted, actor=asking.actor(), now=p.clock()))


def _on(package_id: str, act: Act) -> Any:
    """One act on one package of this site, in one transaction, by somebody who may see its case."""
    p, client_key = parts(), g.caller.client_key
    with p.database.read() as session:
        issue_id = (packages.find(session, package_id, client_key) or abort(404)).case.issue_id
    support.require_browsing(issue_id)
    with _refusals(), p.database.write() as session:
        return act(session, packages.find(session, package_id, client_key) or abort(404))


def _shown(session: Session, package: ExchangePackage) -> dict[str, Any]:
    vault = parts().vault
    content = standing.content_of(vault, package)
    found = packages.told(package) | {
        "hindrance": standing.hindrance(session, vault, package),
        "delivery": sending.delivery(session, package),
        "mine": packages.is_by(session, package, asking.actor()),
        "leaves": None,
    }
    if content is not None:
        around = request_of(content)
        found["leaves"] = {
            "summary": around.summary, "description": around.description, "file_name": around.file_name,
            "file": content.decode(), "bytes": len(content),
        }  # fmt: skip
    return found


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ExchangeError as error:
        raise _problem(error) from None
    except RefusedDisclosureError as error:
        raise Problem(403, error.code, "the gate of disclosures stays shut") from None


def _problem(error: ExchangeError) -> Problem:
    return Problem(STATUSES.get(error.code, 409), error.code)
