"""The published policy: the text of POLICY_DIR in the space POLICY_SPACE of the site that has the app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from handlers.parts import Parts
from models.register import REGISTER
from models.tenants import Tenant
from services import outbox, policy, tenants
from services.policy import Edition, Outcome, Policy, Publication, Target


class NotPublishableError(Exception):
    """Why the policy can't be published, in words for whoever runs the app."""


def load(parts: Parts) -> Policy:
    """The policy as it stands in POLICY_DIR, with the register's figures in it."""
    return policy.load(parts.settings.policy_dir, REGISTER, parts.settings.vendor)


def target(parts: Parts) -> tuple[Tenant, Target]:
    """Where to publish; `NotPublishableError` where that is not known."""
    settings = parts.settings
    if not settings.policy_space:
        raise NotPublishableError("FAIRTRIAL_POLICY_SPACE is not set")
    with parts.database.read() as session:
        tenant = tenants.installed(session, "confluence")
    if tenant is None:
        raise NotPublishableError("the app is not installed in Confluence")
    hold = settings.policy_foreign_edits == "hold"
    return tenant, Target(tenant.client_key, settings.policy_space, settings.policy_parent, settings.base_url, hold)


def publish(parts: Parts, *, author: str | None = None, restore: bool = False) -> Sequence[Publication]:
    """Publish in both languages. What has to wait is queued for the worker. `restore`: also over held foreign edits."""
    text = load(parts)
    tenant, where = target(parts)
    where = replace(where, hold=where.hold and not restore)
    errors = [
        found
        for found in policy.check(parts.settings.policy_dir, parts.settings.vendor)
        if found["severity"] == "error"
    ]
    if errors:
        raise NotPublishableError(f"{len(errors)} errors in the text: see `policy check`")
    lease = timedelta(seconds=parts.settings.lease_seconds)
    results = policy.publish(
        parts.database.write,
        parts.confluence_for(tenant),
        text,
        where,
        clock=parts.clock,
        lease=lease,
        author=author,
        announce=partial(_announce, parts),
    )
    if any(result.outcome is Outcome.RETRY_LATER for result in results):
        queue(parts, where)
    return results


def _announce(parts: Parts, session: Session, edition: Edition) -> None:
    """A material change is owed to people before it meets them: what follows from it leaves by the outbox."""
    if edition.material:
        payload = {
            "version": edition.number,
            "digest": edition.digest,
            "effective_at": edition.effective_at.isoformat(),
        }
        key, now = f"policy/{edition.number}", parts.clock()
        outbox.enqueue(
            session, parts.vault, kind="policy.changed", key=key, subject="policy.changed", payload=payload, now=now
        )


def queue(parts: Parts, where: Target, author: str | None = None) -> None:
    """Leave it to the worker, which tries until it is done. `author`: who asked for it."""
    now = parts.clock()
    with parts.database.write() as session:
        outbox.enqueue(
            session,
            parts.vault,
            kind="confluence.policy",
            key=f"{where.client_key}/{where.space_key}",
            subject="confluence.policy",
            payload={"queued_at": now.isoformat(), "author": author},
            now=now,
        )
