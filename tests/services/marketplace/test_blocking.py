"""What tells nothing of who belongs together, each rule on the few licences that show it."""

from __future__ import annotations

import pytest

from models.vault import Vault
from services.marketplace.companies import is_called, is_of_domain
from services.marketplace.rows import read_row
from tests.services.marketplace.test_linking import evaluated, grouped, licence


def private(name: str, **facts: object) -> tuple[str, object]:
    return licence(name, evaluators=[[f"box:{name}", ""]], **facts)


def apart(rows: list) -> bool:
    return len(grouped(rows)) == len(rows)


def test_a_payer_of_several_customers_is_no_customer_even_where_nobody_calls_it_a_partner() -> None:
    reseller = {"payer_domains": ["reseller.example"]}
    paid = [evaluated(name, f"x@{name}.example", **reseller) for name in ("lilas", "harbour", "fjord")]
    rows = [*paid, private("a", **reseller), private("b", **reseller)]
    assert apart(rows)
    assert not apart(rows[2:])


def test_customers_without_a_domain_count_by_their_names() -> None:
    reseller = {"payer_domains": ["reseller.example"]}
    assert apart([licence(name, company=name, **reseller) for name in ("Lilas", "Harbour", "Fjord")])
    alike = [licence(f"{n}", company=name, **reseller) for n, name in enumerate(("Reseller", "The Reseller", "Fjord"))]
    assert len(grouped(alike)) == 1


def test_a_country_of_the_same_name_is_no_unrelated_domain() -> None:
    ends = ("fr", "de", "at")
    rows = [evaluated(end, f"x@lilas.{end}", payer_domains=["holding.example"]) for end in ends]
    assert not apart(
        [*rows, private("a", payer_domains=["holding.example"]), private("b", payer_domains=["holding.example"])]
    )


def test_a_private_mailbox_that_two_organisations_pay_for_links_neither() -> None:
    box = {"evaluators": [["box:free", ""]]}
    assert apart(
        [licence("a", payer_domains=["lilas.example"], **box), licence("b", payer_domains=["fjord.example"], **box)]
    )
    assert not apart([licence("a", payer_domains=["lilas.example"], **box), licence("b", **box)])


def test_an_expert_who_evaluates_for_a_customer_is_not_that_customer() -> None:
    rows = [
        evaluated("a", "x@expert.example", company="Lilas SAS", payer_domains=["lilas.example"]),
        evaluated("b", "x@expert.example", company="Expert GmbH", payer_domains=["expert.example"]),
        evaluated("c", "ann@lilas.example", company="Lilas"),
    ]
    assert grouped(rows) == {frozenset("ac"), frozenset("b")}


PARTNER = {"partner_domains": ["partner.example"]}


def test_one_customer_of_a_partner_is_known_by_its_name() -> None:
    rows = [
        evaluated("a", "x@partner.example", company="Lilas SAS", **PARTNER),
        evaluated("b", "y@partner.example", company="LILAS"),
        evaluated("c", "x@partner.example", company="Fjord"),
        evaluated("d", "x@partner.example"),
        evaluated("e", "x@partner.example"),
    ]
    assert grouped(rows) == {frozenset("ab"), frozenset("c"), frozenset("d"), frozenset("e")}


def test_names_of_people_make_no_customer_of_a_partner() -> None:
    me = {"company": "Ann Lee", "selves": ["box:ann@partner.example"]}
    assert apart([evaluated(name, "ann@partner.example", **me, **PARTNER) for name in "ab"])


def test_at_a_provider_a_mailbox_still_is_one_persons() -> None:
    strangers = [evaluated(name, f"{name}@provider.example", company=name) for name in ("Lilas", "Fjord", "Harbour")]
    me = {"company": "Ann Lee", "selves": ["box:ann@provider.example"]}
    rows = [*strangers, *(evaluated(name, "ann@provider.example", **me) for name in "ab")]
    assert grouped(rows) == {frozenset(["Lilas"]), frozenset(["Fjord"]), frozenset(["Harbour"]), frozenset("ab")}


def test_one_large_firm_does_not_own_the_domain_of_its_provider() -> None:
    large = [evaluated(f"L{n}", "x@provider.example", company="Lilas") for n in range(12)]
    small = [
        evaluated(name, f"{name}@provider.example", company=name) for name in ("Fjord", "Harbour", "Mistral", "Dune")
    ]
    assert len(grouped([*large, *small])) == 5


def test_the_parts_of_a_university_are_one() -> None:
    names = ("Institute of Physics, Lilas University", "Rechenzentrum Uni Lilas", "Lilas Medical School", "DSI")
    assert len(grouped([evaluated(name, f"{name[0]}@uni-lilas.example", company=name) for name in names])) == 1


def test_typing_errors_do_not_make_three_companies_of_one() -> None:
    names = ("Harbour", "Harbuor", "Habour")
    assert len(grouped([evaluated(name, f"{name}@lilas.example", company=name) for name in names])) == 1


@pytest.mark.parametrize(
    ("name", "domain", "is_so"),
    [
        ("Lilas SAS", "lilas.fr", True),
        ("Faculté de droit, Université Lilas", "univ-lilas.fr", True),
        ("Müller & Söhne", "mueller-soehne.de", True),
        ("Müller", "müller.de", True),
        ("BMW", "bmw.de", True),
        ("University of Lilas Coast", "ulc.edu", False),
        ("Lilas Coast University", "lcu.edu", True),
        ("Fjord", "lilas.fr", False),
        ("AB GmbH", "fabrik.de", False),
        ("", "lilas.fr", False),
    ],
)
def test_a_domain_that_is_named_after_a_company(name: str, domain: str, is_so: bool) -> None:
    assert is_of_domain(name, domain) is is_so


def test_a_company_that_is_only_its_evaluators_name() -> None:
    assert is_called("claire-durand", "Claire Durand") and is_called("Durand, Claire SARL", "Claire Durand")
    assert not is_called("Durand", "Claire Durand") and not is_called("GmbH", None) and not is_called("GmbH", "")


def test_a_partner_without_an_address_is_known_by_its_name(vault: Vault) -> None:
    details = {
        "company": "Lilas",
        "technicalContact": {"email": "c@expert.example", "name": "C. Consultant"},
        "billingContact": {"email": "compta@lilas.example", "name": "Compta"},
    }
    row = {"appEntitlementNumber": "E-1111", "contactDetails": details}

    def partner(name: str) -> object:
        told = {"partnerName": name, "partnerType": "Expert", "billingContact": {}}
        return (
            read_row(row | {"partnerDetails": told}, "licence", vault).facts["links"].get("partner", {}).get("domain")
        )

    assert partner("Expert Consulting GmbH") == "expert.example"
    assert partner("Somebody Else") is None
