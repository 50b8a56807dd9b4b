"""Do the two languages say the same? Which clauses there are, their order and level, and what stands in each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from urllib.parse import urlsplit

from models.register import LANGUAGES, Language
from services.policy.align import Pair, align, moved, plain_words
from services.policy.blocks import Block
from services.policy.findings import Finding, Severity, finding
from services.policy.glossary import TERMS
from services.policy.quantities import figures_in
from services.policy.recipient_names import names_in
from services.policy.sources import Clause, Document
from services.policy.values import PLACEHOLDER

Blocks = Mapping[str, Sequence[Block]]
OTHER: Mapping[Language, Language] = {"fr": "en", "en": "fr"}
_NAME: Mapping[Language, str] = {"fr": "French", "en": "English"}
_URL = re.compile(r"https?://[^\s<>()\[\]]+[^\s<>()\[\].,;:]", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Below this a clause is too short for its length to say anything.
MIN_WORDS = 25
MAX_RATIO = 2.2


def parity(documents: Mapping[Language, Document], blocks: Mapping[Language, Blocks]) -> Iterator[Finding]:
    """Every difference between the two languages. `blocks` are without tables of contents."""
    french, english = documents["fr"].clauses, documents["en"].clauses
    named = all(clause.named for clause in (*french, *english))
    pairs = _by_id(french, english) if named else align(french, english)
    strays = moved(pairs)
    astray = {id(one) for pair in strays for one in pair}
    for here, there in strays:
        message = f"{_titled(there)} stands elsewhere in French: {here.file}:{here.line}"
        yield finding("clause-order", "en", there, message)
    if named:
        yield from _order(french, english)
    for index, (one, other) in enumerate(pairs):
        if one is not None and other is not None:
            swallowed = {lang for lang in LANGUAGES if _followed_by_missing(pairs, index, lang)}
            yield from _same(one, other, blocks["fr"][one.id], blocks["en"][other.id], swallowed)
        else:
            yield from _missing(pairs, index, blocks) if id(one or other) not in astray else ()


def _by_id(french: Sequence[Clause], english: Sequence[Clause]) -> list[Pair]:
    there = {clause.id: clause for clause in english}
    here = {clause.id for clause in french}
    pairs: list[Pair] = [(clause, there.get(clause.id)) for clause in french]
    for index, clause in enumerate(english):
        if clause.id not in here:
            before = english[index - 1].id if index else None
            at = next((n + 1 for n, (_, other) in enumerate(pairs) if other and other.id == before), len(pairs))
            pairs.insert(at, (None, clause))
    return pairs


def _order(french: Sequence[Clause], english: Sequence[Clause]) -> Iterator[Finding]:
    known = {clause.id for clause in french}
    theirs = {clause.id: clause for clause in english if clause.id in known}
    shared = [clause.id for clause in french if clause.id in theirs]
    for due, found in zip_longest(shared, theirs):
        if due != found:
            yield finding("clause-order", "en", theirs[found], f"clause {found!r} stands where {due!r} is due")
            return


def _missing(pairs: Sequence[Pair], index: int, blocks: Mapping[Language, Blocks]) -> Iterator[Finding]:
    one, other = pairs[index]
    there: Language = "fr" if one is not None else "en"
    clause = one or other
    missing = OTHER[there]
    before = next((pair[missing == "en"] for pair in reversed(pairs[:index]) if pair[missing == "en"]), None)
    if clause is None:
        return
    if not clause.title and not blocks[there][clause.id]:
        return
    message = f"{_titled(clause)} ({clause.file}:{clause.line}) has no counterpart in {_NAME[missing]}"
    if before is None:
        yield finding("clause-missing", missing, clause, message)
        return
    swallowed = _swallowed(pairs, index, blocks, missing, before)
    rule = "heading-missing" if swallowed else "clause-missing"
    where = f"{before.file}:{before.line}"
    if swallowed:
        message = f"the heading {clause.title[:60]!r} ({clause.file}:{clause.line}) is missing in {_NAME[missing]}; "
        message += f"its text stands under {_titled(before)}"
        where = swallowed.where
    yield Finding(rule=rule, severity="error", lang=missing, where=where, message=message)


def _swallowed(
    pairs: Sequence[Pair], index: int, blocks: Mapping[Language, Blocks], missing: Language, before: Clause
) -> Block | None:
    """The first block of a text that has lost its heading and so stands under the one before it."""
    near = pairs[index - 1] if index else (None, None)
    theirs = near[missing == "fr"]
    clause = pairs[index][missing == "fr"]
    if clause is None or theirs is None or near[missing == "en"] is not before:
        return None
    there = OTHER[missing]
    extra = len(blocks[missing][before.id]) - len(blocks[there][theirs.id])
    return blocks[missing][before.id][-extra] if extra > 0 and blocks[there][clause.id] else None


def _followed_by_missing(pairs: Sequence[Pair], index: int, lang: Language) -> bool:
    following = pairs[index + 1] if index + 1 < len(pairs) else None
    return following is not None and following[lang == "en"] is None


def _same(
    one: Clause, other: Clause, french: Sequence[Block], english: Sequence[Block], swallowed: set[Language]
) -> Iterator[Finding]:
    if one.level != other.level:
        yield finding("clause-level", "en", other, f"level {other.level}, in French {one.level}")
    if set(one.commitments) != set(other.commitments):
        odd = ", ".join(sorted(set(one.commitments) ^ set(other.commitments)))
        yield finding("commitments-differ", "en", other, f"in one language only: {odd}")
    yield from _terms(french, english)
    if swallowed:
        return
    yield from _compare("values-differ", other, _placeholders(one), _placeholders(other))
    said = (
        " ".join((clause.title, *(block.text for block in blocks)))
        for clause, blocks in ((one, french), (other, english))
    )
    ours, theirs = (PLACEHOLDER.sub(" ", text) for text in said)
    yield from _compare("figures-differ", other, figures_in(ours), figures_in(theirs))
    yield from _compare("recipients-differ", other, Counter(names_in(ours, theirs)), Counter(names_in(theirs, ours)))
    yield from _links(other, _places(french), _places(english))
    yield from _amount(other, french, english)


def _compare(
    rule: str, clause: Clause, ours: Counter[str], theirs: Counter[str], severity: Severity = "error"
) -> Iterator[Finding]:
    if ours != theirs:
        only_french, only_english = sorted((ours - theirs).elements()), sorted((theirs - ours).elements())
        message = f"in French only: {_listed(only_french)}; in English only: {_listed(only_english)}"
        yield finding(rule, "en", clause, f"{_titled(clause)}: {message}", severity)


def _listed(items: list[str]) -> str:
    return ", ".join(item[:80] for item in items[:10]) or "nothing"


def _placeholders(clause: Clause) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(f"{clause.title}\n{clause.markdown}"))


def _links(clause: Clause, ours: set[str], theirs: set[str]) -> Iterator[Finding]:
    hosts = [Counter({place.partition("/")[0] for place in places}) for places in (ours, theirs)]
    yield from _compare("links-differ", clause, hosts[0], hosts[1])
    if hosts[0] == hosts[1]:
        # The same page has a path of its own in each language as soon as one of them is in it.
        own = {place.partition("/")[0] for place in ours | theirs if "*" in place}
        left = [Counter(place for place in places if place.partition("/")[0] not in own) for places in (ours, theirs)]
        yield from _compare("links-differ", clause, left[0], left[1], "warning")


def _places(blocks: Sequence[Block]) -> set[str]:
    """Where the text leads, links and written addresses alike; `*` stands for a language."""
    found = {link for block in blocks for link in block.links if link != "#"}
    found |= {url for block in blocks for url in _URL.findall(block.text)}
    found |= {f"mailto:{mail}" for block in blocks for mail in _MAIL.findall(block.text)}
    return {_place(link) for link in found if "{{" not in link and "%7B%7B" not in link}


def _place(link: str) -> str:
    neutral = re.sub(r"(?<![a-z0-9])(?:fr|en)(?:[-_](?:fr|us|gb))?(?![a-z0-9])", "*", link.lower())
    parts = urlsplit(neutral)
    if parts.scheme not in ("http", "https"):
        # Anchors made from headings differ as the headings do; those that lead nowhere are told elsewhere.
        return "#" if link.startswith("#") else neutral
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}".rstrip("?")


def _amount(clause: Clause, french: Sequence[Block], english: Sequence[Block]) -> Iterator[Finding]:
    items = [sum(block.kind == "item" for block in blocks) for blocks in (french, english)]
    if items[0] != items[1]:
        yield finding("list-differs", "en", clause, f"{_titled(clause)}: {items[1]} list item(s), in French {items[0]}")
        return
    rows = [sum(block.kind == "cell" for block in blocks) for blocks in (french, english)]
    if rows[0] != rows[1]:
        yield finding("table-differs", "en", clause, f"{_titled(clause)}: {rows[1]} cells, in French {rows[0]}")
        return
    words = [sum(len(plain_words(block.text)) for block in blocks) for blocks in (french, english)]
    if max(words) >= MIN_WORDS and max(words) > MAX_RATIO * max(1, min(words)):
        shorter: Language = "fr" if words[0] < words[1] else "en"
        message = f"{_titled(clause)}: {words[0]} words in French, {words[1]} in English: is a part missing?"
        yield finding("text-missing", shorter, clause, message)


def _terms(french: Sequence[Block], english: Sequence[Block]) -> Iterator[Finding]:
    """Mistranslations, block by block where the blocks stand in pairs, else in the clause as a whole."""
    paired = len(french) == len(english)
    sides = list(zip(french, english, strict=True)) if paired else [(one, other) for one in french for other in english]
    seen: set[tuple[str, str]] = set()
    for one, other in sides:
        for term in TERMS:
            source, target = (one, other) if term.source == "fr" else (other, one)
            lang = OTHER[term.source]
            there, wrong = term.there.search(source.text), term.wrong.search(target.text)
            if (
                there
                and wrong
                and (paired or term.severity == "error")
                and not any(target.where == where and wrong[0] in words for where, words in seen)
            ):
                seen.add((target.where, wrong[0]))
                message = f"{wrong[0][:60]!r} for {there[0][:60]!r}; what is meant is {term.right!r}"
                severity: Severity = term.severity
                yield Finding(rule="mistranslation", severity=severity, lang=lang, where=target.where, message=message)


def _titled(clause: Clause) -> str:
    return repr((clause.title or clause.id)[:60])
