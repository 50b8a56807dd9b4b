"""Which period of the register governs what each table holds, category by category. A test fails for what is missing.

`WITH` names the record that a column belongs to and goes with. `NOT_HERE` are periods of things that this program never
holds, each with the test that proves so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.register import Category

A, AUTH, CONF, CORR = Category.IDENTIFICATION, Category.AUTHENTICATION, Category.CONFIGURATION, Category.CORRESPONDENCE
CONS, ACC, OPS = Category.CONSENT, Category.ACCOUNTABILITY, Category.OPERATIONS


@dataclass(frozen=True)
class With:
    """Goes with something else: a table here, or what the words say."""

    what: str


Bound = tuple[str, ...] | With

_PERSON = ("identification.prospect", "identification.client", "identification.former_client")
_JOURNAL = ("accountability.staff_journal",)
_REGISTER = ("accountability.register",)
_OBJECTION = ("accountability.objection",)
_RIGHTS = ("accountability.rights_request",)
_MESSAGE = ("operations.message",)
_SALE = ("accounting.document", "accounting.payment")
# No personal data: what the program needs to work, for as long as it does.
_PROGRAM = With("the installation itself: nothing of a person")
_ROW = With("the row that it tells apart")

BINDINGS: Mapping[str, Mapping[Category, Bound]] = {
    "people": {A: _PERSON, OPS: _ROW, ACC: With("the empty record that keeps feeds from filling it again")},
    "organisations": {A: With("licences"), OPS: _ROW},
    "prospects": {A: _PERSON, OPS: _ROW},
    "licences": {A: _PERSON, OPS: _ROW},
    "licence_aliases": {A: With("licences"), OPS: _ROW},
    "observations": {A: (*_PERSON, *_SALE), OPS: _ROW},
    "observed_contacts": {A: _PERSON, OPS: _ROW},
    "link_decisions": {A: With("licences"), ACC: _REGISTER, OPS: _ROW},
    "feeds": {OPS: _PROGRAM},
    "consent_events": {CONS: ("consent.proof", "consent.request")},
    "suppressions": {ACC: _OBJECTION},
    "signed_links": {OPS: _MESSAGE, A: _PERSON, ACC: _OBJECTION},
    "audit_events": {ACC: _JOURNAL},
    "chain_heads": {ACC: With("audit_events")},
    "chain_gaps": {ACC: With("consent_events: hashes alone")},
    "accounts": {A: ("content.author",), ACC: _JOURNAL, OPS: _ROW},
    "authorisations": {ACC: _REGISTER},
    "disclosures": {ACC: _REGISTER},
    "disclosure_subjects": {ACC: _REGISTER},
    "corporate_events": {ACC: _REGISTER},
    "corporate_objections": {ACC: _REGISTER},
    "incidents": {ACC: _REGISTER},
    "retention_runs": {ACC: _REGISTER},
    "notes": {A: _PERSON, ACC: _ROW, OPS: _ROW},
    "correspondence": {
        CORR: ("correspondence.email", "correspondence.post", "correspondence.fax", "correspondence.call")
    },
    "inbox": {A: _MESSAGE, OPS: _MESSAGE},
    "outbox": {A: _MESSAGE, OPS: _MESSAGE},
    "support_cases": {CORR: ("correspondence.case",), A: ("correspondence.case",), OPS: _ROW},
    "config_snapshots": {CONF: ("configuration.online_support", "configuration.mail"), ACC: _ROW, OPS: _ROW},
    "config_components": {CONF: ("configuration.online_support", "configuration.mail"), OPS: _ROW},
    "exchange_packages": {CONF: ("configuration.online_support", "configuration.mail"), ACC: _ROW, OPS: _ROW},
    "policy_versions": {OPS: _PROGRAM, ACC: With("accounts")},
    "policy_texts": {OPS: _PROGRAM},
    "policy_pages": {OPS: _PROGRAM},
    "policy_snapshots": {ACC: ("content.author", *_REGISTER), OPS: _ROW},
    "tenants": {OPS: _PROGRAM},
    "install_keys": {OPS: _PROGRAM},
    "forge_installations": {OPS: _PROGRAM},
    "forge_spent_tokens": {OPS: _PROGRAM},
    "forge_keys": {OPS: _PROGRAM},
    "saved_views": {ACC: With("accounts"), OPS: _PROGRAM},
    "rights_cases": {ACC: _RIGHTS},
    "rights_events": {ACC: _RIGHTS},
    "rights_links": {OPS: _MESSAGE, ACC: _RIGHTS},
    "directives": {ACC: With("people"), A: With("people")},
    "erasures": {ACC: With("the chain of erasures outside the database: it undoes a restore"), A: With("the search"),
                 OPS: _ROW},
    "request_budgets": {AUTH: With("its hour, and goes two hours later: services.rights.budget")},
}  # fmt: skip

# Periods of what is never held here, with the test that proves it.
NOT_HERE: Mapping[str, str] = {
    "visits.recent_pages": "tests/services/retention/test_absence.py::test_invariant_7_no_page_visits_are_stored",
    "cookies.session": "tests/services/retention/test_absence.py::test_no_route_sets_a_cookie",
    "cookies.remember_me": "tests/services/retention/test_absence.py::test_no_route_sets_a_cookie",
    "cookies.analytics": "tests/services/retention/test_absence.py::test_no_page_loads_anything_from_elsewhere",
}
