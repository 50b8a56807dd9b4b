"""Who is barred reads nothing, whatever the groups in Jira say."""

from __future__ import annotations

from services import audit, authorisations
from tests.handlers.edge import Edge


def test_a_barred_account_reads_nothing_and_says_so_in_no_entry(edge: Edge) -> None:
    path = "/staff/api/prospects"
    assert (
        edge.client.get(path, headers={"Authorization": f"JWT {edge.site.context_token('alice')}"}).status_code == 200
    )
    with edge.parts.database.write() as session:
        before = audit.count(session)
        authorisations.decide(session, "alice", "staff", allow=False, until=None, actor="console", now=edge.now)
    answer = edge.client.get(path, headers={"Authorization": f"JWT {edge.site.context_token('alice')}"})
    assert answer.status_code == 403
    with edge.parts.database.read() as session:
        assert audit.count(session) == before + 1, "the decision, and no look"
