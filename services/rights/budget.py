"""How often the public form may be used: one budget for an address, one for a network, kept in the database.

So it holds over several processes and machines. Keys are keyed digests; a row says nothing once its window is over, and
goes then.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.rights import RequestBudget
from models.vault import Vault
from services.marketplace.addresses import mailbox

WINDOW = timedelta(hours=1)
# A person asks once or twice; a whole company may sit behind one address.
PER_ADDRESS = 5
PER_NETWORK = 30
NETWORK_BITS = {4: 24, 6: 48}


def may_call(session: Session, vault: Vault, *, network: str, now: datetime) -> bool:
    """Count one use of the form by a network; False where its budget is spent: it is told so."""
    return _count(session, vault.blind_index("budget network", network), now) <= PER_NETWORK


def may_mail(session: Session, vault: Vault, *, email: str, now: datetime) -> bool:
    """Count one letter to an address; False where it has had enough of them. Nobody is told: the form is not to be
    used for filling somebody's mailbox, and one who spends another's budget must not learn that they could."""
    return _count(session, vault.blind_index("budget address", mailbox(email)), now) <= PER_ADDRESS


def network_of(remote_address: str | None) -> str:
    """The network that a caller's address is in: /24, or /48 of IPv6, which one subscriber may have whole."""
    try:
        address = ipaddress.ip_address(remote_address or "")
    except ValueError:
        return "unknown"
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return str(ipaddress.ip_network(f"{address}/{NETWORK_BITS[address.version]}", strict=False))


def forget_old(session: Session, now: datetime) -> None:
    """Windows that are over."""
    session.execute(delete(RequestBudget).where(RequestBudget.window < now - 2 * WINDOW))


def _count(session: Session, key: str, now: datetime) -> int:
    window = datetime.fromtimestamp(now.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), now.tzinfo)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(RequestBudget)
        .values(key=key, window=window, used=1)
        .on_conflict_do_update(index_elements=["key", "window"], set_={"used": RequestBudget.used + 1})
        .returning(RequestBudget.used)
    )
    return int(session.execute(statement).scalar_one())
