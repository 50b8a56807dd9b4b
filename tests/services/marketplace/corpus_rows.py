"""The rows of one licence of the invented Marketplace, over its life and with what is wrong with them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.services.marketplace.corpus_words import Person, Words

if TYPE_CHECKING:
    from tests.services.marketplace.corpus import Organisation

Row = dict[str, Any]
APPS = ("charts", "forms", "links", "sheets")
ABSENT = ("NA", "Pending", "Unknown", "null", "NULL", "", {})


@dataclass(frozen=True)
class Who:
    """Somebody who acts for customers: a reseller, one whom nobody names, an expert, a freelancer."""

    kind: str
    name: str
    domain: str
    person: Person
    account: str


def licence(
    chance: random.Random,
    words: Words,
    who: Organisation,
    person: Person,
    site: str | None,
) -> tuple[list[Row], set[str]]:
    """The rows of a licence of `who`, oldest first, and each of its ids."""
    app = chance.choice(APPS)
    begun = date(2019, 1, 1) + timedelta(days=chance.randrange(2_600))
    base: Row = {"addonKey": f"com.example.{app}", "addonName": app.title(), "licenseSourceType": "Non-Atlassian"}
    ids = _cloud(chance, words, who, site) if site else _on_premises(chance, words, who)
    if chance.random() < 0.04:
        # Evaluated once more, or linked to what nobody has: it says nothing.
        ids["evaluationLicense"] = words.number()
    rows = []
    bought = chance.random() < 0.35
    details = _details(chance, words, who, person)
    for step in range(chance.choices((1, 2, 3), weights=(55, 30, 15))[0]):
        day = begun + timedelta(days=25 * step)
        row = base | ids | details | _life(day, begun, bought=bought and step > 0)
        if chance.random() < 0.12:
            row |= _details(chance, words, who, chance.choice(who.people))
        row["tier"] = chance.choice(("Evaluation", "Subscription", "250 Users", "Per Unit Pricing (593 Users)", "?"))
        rows.append(row)
    if "late" in ids:
        # Since 2025-09 such a licence carries an entitlement number as well: the same licence, one more id.
        late = {"appEntitlementNumber": words.entitlement(), "appEntitlementId": words.uuid()}
        rows.append(rows[-1] | late | {"lastUpdated": "2025-09-20"})
    if chance.random() < 0.02:
        rows.append(rows[-1] | {"lastUpdated": "2026-10-01", "contactDetails": _erased(rows[-1])})
    for row in rows:
        row.pop("late", None)
    names = ("appEntitlementNumber", "appEntitlementId", "addonLicenseId", "licenseId")
    return rows, {row[name] for row in rows for name in names if name in row}


def _cloud(chance: random.Random, words: Words, who: Organisation, site: str) -> Row:
    host = who.hosts.setdefault(site, words.number())
    # Names of sites are given up and taken by others: of two organisations of one name, one has the other's.
    hostname = f"{who.names[0].split()[0].lower()}{len(who.sites)}.atlassian.net"
    ids: Row = {"hosting": "Cloud", "appEntitlementId": words.uuid(), "appEntitlementNumber": words.entitlement()}
    ids |= {"cloudId": site, "cloudSiteHostname": hostname, "transactionAccountId": _payer_account(who)}
    draw = chance.random()
    if draw < 0.1:
        # The second version of the API gave each app of a site the number of the host.
        ids |= {"licenseId": f"SEN-{host}", "hostLicenseId": host, "addonLicenseId": words.number()}
    if who.on_premises and draw > 0.6:
        # A migration: the licence that it comes from, where the Marketplace knows of it.
        ids["cmtDetails"] = {"status": "active", "relatedOnPremLicense": chance.choice(who.on_premises)}
    elif draw > 0.9:
        ids["evaluationLicense"] = ids["appEntitlementNumber"]
    ids["installedOnSandbox"] = "Yes" if site != who.sites[0] and draw < 0.3 else "No"
    return ids


def _on_premises(chance: random.Random, words: Words, who: Organisation) -> Row:
    number = words.number()
    ids: Row = {"hosting": chance.choice(("Server", "Data Center")), "addonLicenseId": number}
    ids["licenseId"] = f"SEN-{number}"
    if who.on_premises and chance.random() < 0.4:
        # Bought on premises: another licence, which names the evaluation by either of its ids.
        before = chance.choice(who.on_premises)
        ids["evaluationLicense"] = chance.choice((before, f"SEN-{before}"))
    if ids["hosting"] == "Data Center" and chance.random() < 0.5:
        ids["late"] = True
    who.on_premises.append(number)
    return ids


def _life(day: date, begun: date, *, bought: bool) -> Row:
    return {
        "lastUpdated": day.isoformat(),
        "licenseType": "COMMERCIAL" if bought else "EVALUATION",
        "status": "active",
        "maintenanceStartDate": begun.isoformat(),
        "latestEvaluationStartDate": begun.isoformat(),
        "maintenanceEndDate": (day + timedelta(days=30)).isoformat(),
    }


def _payer_account(who: Organisation) -> str:
    return who.reseller.account if who.reseller else who.account


def _details(chance: random.Random, words: Words, who: Organisation, person: Person) -> Row:
    """Who evaluates and who pays, as this row has it."""
    name = chance.choice(who.names) if len(who.names) > 3 else who.names[0]
    own = _contact(words, person)
    technical, billing, company = own, own, words.company(name)
    if len(who.people) > 1 and chance.random() < 0.3:
        billing = _contact(words, chance.choice(who.people))
    if who.helper and chance.random() < 0.6:
        technical = _contact(words, who.helper.person)
    if who.domains and chance.random() < 0.05:
        # An employee with an address of their own, who is on the site of the employer or has them pay.
        technical = _contact(words, words.person("gmail.com"))
    partner: Row = {}
    if who.reseller:
        declared = {"partnerName": who.reseller.name, "partnerType": chance.choice(("Reseller", "Expert", "Unknown"))}
        theirs = _contact(words, who.reseller.person)
        if who.reseller.kind == "reseller":
            partner = {"partnerDetails": declared | {"billingContact": theirs if chance.random() < 0.9 else {}}}
        if chance.random() < 0.6:
            billing = theirs
    elif who.helper and who.helper.kind == "expert" and chance.random() < 0.3:
        partner = {"partnerDetails": {"partnerName": who.helper.name, "partnerType": "Expert", "billingContact": {}}}
    if chance.random() < 0.05:
        # As the second version wrote it: the "company" is the evaluator.
        company = technical["name"].lower().replace(" ", "-")
    details: Row = {"company": company, "country": "France", "technicalContact": technical, "billingContact": billing}
    return {"contactDetails": _with_gaps(chance, details)} | partner


def _contact(words: Words, person: Person) -> Row:
    return {"email": words.address(person), "name": person.name}


def _with_gaps(chance: random.Random, details: Row) -> Row:
    draw = chance.random()
    if draw < 0.01:
        return {"country": "France"}
    if draw < 0.03:
        return {name: value for name, value in details.items() if name != "technicalContact"}
    if draw < 0.04:
        return details | {"billingContact": {}}
    if draw < 0.06:
        return details | {"company": chance.choice(ABSENT)}
    if draw < 0.07:
        return details | {"billingContact": {"email": chance.choice(ABSENT), "name": "null"}}
    return details


def _erased(row: Row) -> Row:
    gone = dict.fromkeys(("email", "name", "phone", "address1", "city", "postcode"), "RTBF")
    return row["contactDetails"] | {"technicalContact": gone, "billingContact": gone}
