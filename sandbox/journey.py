"""The main job in seven steps, by HTTP and the command line alone: `make demo CHECK=1` prints them, tests walk them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from sandbox import exchange
from sandbox.doors import Host, door_of
from sandbox.people import Atlassian, StepError, Viewer, must, submit_objection
from sandbox.stack import Stack, wait_for

TIMEOUT = 20


class Journey:
    """The steps, in order, through one door. `policy_dir` is a copy of the policy that may be edited."""

    def __init__(self, stack: Stack, policy_dir: Path, host: Host = "connect") -> None:
        self.stack, self.policy_dir = stack, policy_dir
        self.atlassian = Atlassian(stack.sandbox_url)
        self.door = door_of(host, self.atlassian, stack.app_url)
        self.alice, self.olivia, self.bob = (Viewer(self.door, name) for name in ("alice", "olivia", "bob"))

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Each step: its title, and a call that does it and tells what it saw."""
        yield "Jira and Confluence install the app", self.install
        yield "Evaluations arrive by webhook and by export, once each", self.evaluations
        yield "Staff find an evaluator in Jira", self.staff
        yield "The policy is published, and follows a changed clause", self.policy
        yield "A support case tells its configuration", self.support
        yield "Atlassian is asked about that case, once two of staff agree", self.exchange
        yield "The evaluator objects, and no later event changes that", self.objection

    def install(self) -> str:
        """Step 1."""
        return self.door.install()

    def evaluations(self) -> str:
        """Step 2."""
        known = self.atlassian.get("/state/licences")
        half = list(range(len(known) // 2))
        for order in ("as-is", "shuffled"):
            sent = self.atlassian.do("POST", "/events", {"licences": half, "order": order, "repeat": 2})
            must(sent["refused"] == 0, f"{sent['refused']} events were refused")
        by_webhook = wait_for("prospects", lambda: self.settled() or None)
        first, again = self.sync(), self.sync()
        must(first["new"] > 0, "the export brought nothing that no event had told")
        must(again["new"] == 0, f"the second export brought {again['new']} rows once more")
        total = self.settled()
        must(total > by_webhook > 0, f"{by_webhook} prospects by webhook, {total} with the export")
        found = self.evaluator()
        consent = next(entry for entry in found["consent"] if entry["purpose"] == "prospect")
        must(consent["state"] == "notice_due" and bool(consent["basis"]), f"consent is {consent['state']}")
        return (
            f"{by_webhook} prospects from {len(half)} licences sent four times; {first['rows']} rows by export, none "
            f"twice; {total} prospects in all; consent of one: {consent['state']}, {consent['basis']}"
        )

    def staff(self) -> str:
        """Step 3."""
        page = self.alice.prospects(limit=10)
        must(bool(page["next"]), "the list has one page only")
        further = self.alice.prospects(limit=10, after=page["next"])
        ids = {item["id"] for item in page["items"]}
        must(not ids & {item["id"] for item in further["items"]}, "two pages share a prospect")
        name = self.evaluator()["person"]["name"]
        hits = self.alice.prospects(q=name[1:-1].lower())["total"]
        must(hits >= 1, "the search does not find an evaluator by part of the name")
        state = self.alice.prospects(state="evaluating")
        must({item["state"] for item in state["items"]} == {"evaluating"}, "the filter lets others through")
        refused = self.bob.call("GET", "/staff/api/prospects").status_code
        must(refused == 403, f"somebody who is no staff got {refused}")
        timeline = self.evaluator()["timeline"]
        must(bool(timeline), "the time line is empty")
        return f"{page['total']} in pages of 10, {hits} by part of a name, {state['total']} evaluating; no staff: 403"

    def policy(self) -> str:
        """Step 4."""
        first = self.publish()
        writes = self.writes()
        self.publish()
        must(self.writes() == writes, f"a second run made {self.writes() - writes} writes")
        self._add_sentence()
        second = self.publish()
        for lang in ("fr", "en"):
            must(first[lang]["page_id"] == second[lang]["page_id"], f"another page was made in {lang}")
            must(second[lang]["policy_version"] == first[lang]["policy_version"] + 1, f"no new version in {lang}")
            for url in (f"{self.stack.app_url}/policy/{lang}", self._wiki_page(second[lang]["page_id"])):
                must(SENTENCES[lang] in requests.get(url, timeout=TIMEOUT).text, f"the change is not at {url}")
        pages = " and ".join(f"{lang} {second[lang]['page_id']}" for lang in ("fr", "en"))
        return f"pages {pages}: version 1, a second run of no writes, version 2 on the same pages and at /policy/fr"

    def support(self) -> str:
        """Step 5."""
        self.case = self.door.create_case("Slow since the upgrade")
        return self.configuration_of(self.case)

    def exchange(self) -> str:
        """Step 6, about the case of step 5."""
        return exchange.ask(self.atlassian, self.alice, self.olivia, self.case["key"])

    def objection(self) -> str:
        """Step 7."""
        found = self.evaluator()
        answer = self.alice.call("POST", f"/staff/api/prospects/{found['id']}/choices-link")
        must(answer.ok, f"no link was given: {answer.status_code}")
        must(submit_objection(answer.json()["url"]).ok, "the choices page did not take the objection")
        must(self.consent_of(found["id"]) == "objected", "the objection is not in the ledger")
        licence = found["evaluations"][0]["licence_key"]
        changed = {"maintenanceEndDate": "2031-01-31", "status": "active", "lastUpdated": "2030-12-01"}
        self.atlassian.do("PATCH", f"/licences/{licence}", changed)
        self.atlassian.do("POST", "/events", {"licences": [licence]})
        wait_for("the event", lambda: self.alice.prospect(found["id"])["evaluations"][0]["ends_on"] == "2031-01-31")
        self.sync()
        state = self.consent_of(found["id"])
        must(state == "objected", f"a feed made the objection {state}")
        return f"consent is {state}, also after an event that prolonged the evaluation and one more export"

    def configuration_of(self, case: dict[str, Any]) -> str:
        """What the panel of a case says, and its index in Jira, once the attachment has been read."""
        panel = wait_for("the configuration", lambda: self._panel(case))
        index = wait_for("the issue property", lambda: self._property(case))
        known = panel["configuration"]
        told = {kind: known.get(kind, {}).get("version") for kind in ("product", "database", "jvm", "os")}
        must(all(told.values()), f"the panel lacks a version: {told}")
        must(bool(panel["apps"]), "the panel lists no apps")
        named = ", ".join(f"{known[kind]['name']} {version}" for kind, version in told.items())
        return f"{case['key']}: {named}, {len(panel['apps'])} apps; searchable in Jira as {index['product']}"

    def evaluator(self) -> dict[str, Any]:
        """One person who is evaluating, always the same one."""
        items = self.alice.prospects(state="evaluating", limit=200)["items"]
        named = sorted(item["id"] for item in items if item["name"])
        if not named:
            raise StepError("nobody is evaluating")
        return self.alice.prospect(named[0])

    def consent_of(self, prospect_id: str) -> str:
        """The state of prospecting by e-mail."""
        return str(next(entry["state"] for entry in self.alice.prospect(prospect_id)["consent"]))

    def settled(self) -> int:
        """The number of prospects once the worker has nothing left to do."""
        wait_for(
            "the worker", lambda: requests.get(f"{self.stack.app_url}/metrics", timeout=TIMEOUT).ok and self._idle()
        )
        return int(self.alice.prospects(limit=1)["total"])

    def sync(self) -> dict[str, int]:
        """`sync marketplace`; its summary."""
        return dict(json.loads(self._command("sync", "marketplace", "--full", "--json").splitlines()[-1]))

    def publish(self) -> dict[str, dict[str, Any]]:
        """`policy publish`; its results by language."""
        return {result["lang"]: result for result in json.loads(self._command("policy", "publish", "--json"))}

    def writes(self) -> int:
        """How many writing calls Confluence has received."""
        received = self.atlassian.get("/requests", path="/wiki")
        return sum(request["method"] in ("POST", "PUT", "DELETE") for request in received)

    def _idle(self) -> bool:
        figures = requests.get(f"{self.stack.app_url}/metrics", timeout=TIMEOUT).text.splitlines()
        busy = [line for line in figures if 'state="ready"' in line or 'state="leased"' in line]
        return all(line.endswith(" 0.0") for line in busy)

    def _panel(self, case: dict[str, Any]) -> dict[str, Any] | None:
        found = self.alice.panel(case)
        return found if found["state"] == "read" else None

    def _property(self, case: dict[str, Any]) -> dict[str, Any] | None:
        properties = self.atlassian.get(f"/cases/{case['key']}")["properties"]
        found: dict[str, Any] | None = properties.get("fairtrial.configuration")
        return found

    def _wiki_page(self, page_id: str) -> str:
        return f"{self.stack.sandbox_url}/wiki/spaces/LEGAL/pages/{page_id}"

    def _add_sentence(self) -> None:
        for lang, sentence in SENTENCES.items():
            clause = next(iter(sorted((self.policy_dir / lang).glob("*changes.md"))))
            clause.write_text(f"{clause.read_text(encoding='utf-8').rstrip()}\n\n{sentence}\n", encoding="utf-8")

    def _command(self, *arguments: str) -> str:
        done = self.stack.command(*arguments)
        if done.returncode != 0:
            raise StepError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return done.stdout.strip()


SENTENCES = {
    "fr": "Cette phrase a été ajoutée par la démonstration.",
    "en": "This sentence was added by the demonstration.",
}
