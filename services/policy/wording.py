"""What one language shows alone: words of the other one, page chrome, ends that never come, broken sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from models.register import Language
from services.policy.align import plain_words
from services.policy.blocks import Block
from services.policy.findings import Finding, Severity
from services.policy.glossary import HEADING_WORDS
from services.policy.language import has_french_letters, language_of
from services.policy.quantities import periods_in, say
from services.policy.sources import Clause, Document

_CHROME = re.compile(
    r"""(?:created|last\ (?:updated|modified)|added)\s+by\b.{0,80}
    |(?:créée?|modifiée?|mise?\ à\ jour|ajoutée?)\s+par\b.{0,80}
    |no\ labels|(?:aucune|pas\ d['’])\s?étiquettes?|labels?:?\ none|edit(?:\ this)?\ page|modifier\ (?:la|cette)\ page
    |save\ for\ later|skip\ to\ (?:main\ )?content|aller\ au\ contenu(?:\ principal)?|page\ restrictions?
    |be\ the\ first\ to\ like\ this|powered\ by\ .{0,60}|(?:back\ to|retour\ en)\ (?:top|haut).{0,20}
    |export\ (?:to|en)\ (?:pdf|word)|page\ history|historique\ de\ la\ page|\d+\ comments?|\d+\ commentaires?
    |write\ a\ comment.{0,3}|ajouter\ un\ commentaire.{0,3}|view\ page\ source|share\ this\ page|partager
    |\d+\ min(?:ute)?s?\ read|(?:accept|accepter)\ (?:all|tous)\ (?:the\ |les\ )?cookies|page\ \d+\ (?:of|sur|/)\ \d+
    |watch|unwatch|all\ rights\ reserved\.?|tous\ droits\ réservés\.?|log\ ?in|sign\ in|se\ connecter
    |print\ this\ page|imprimer(?:\ cette\ page)?""",
    re.IGNORECASE | re.VERBOSE,
)
_LAST_MODIFIED = re.compile(
    r"created by .+ last (?:modified|updated)|créée? par .+ dernière modification|last (?:modified|updated) by .+ on ",
    re.IGNORECASE,
)
_UNBOUNDED = re.compile(
    r"""\bind[ée]finiment\b|\bindefinitely\b|\bfor\s?ever\b|\b(?:sans|aucune)\ limit(?:e|ation)\ de\ (?:temps|durée)\b
    |\bdurée\ (?:illimitée|indéterminée|indéfinie)|\b(?:unlimited|indefinite|indeterminate)\ (?:period|time|duration)
    |\bwithout\ (?:any\ )?(?:time\ limit|limit\ (?:of|in)\ time)|\bin\ perpetuity\b|\bperpétuité\b|\bà\ vie\b
    |\bnever\ (?:be\ )?(?:deleted|erased)|\bjamais\ (?:supprimées?|effacées?)
    |\bpermanently\ (?:kept|stored|retained)""",
    re.IGNORECASE | re.VERBOSE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|cannot|neither|don['’]t|doesn['’]t|ne|n['’]|rien|aucune?|jamais|pas)\b", re.IGNORECASE
)
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|cf|art|approx|resp|incl|ex|vs|no|nos|p|pp|al|inc|ltd|M|Mme)$", re.IGNORECASE
)
_LOWER_START = re.compile(r"([\w)]+)\.\s+([a-zà-ÿ][\w’']*)")


def wording(
    document: Document, blocks: Mapping[str, Sequence[Block]], skipped: frozenset[Block], language: Language
) -> Iterator[Finding]:
    """Every finding in the wording of one language; `skipped` are the blocks of a table of contents."""
    for clause in document.clauses:
        yield from _heading(clause, language)
        shown = [block for block in blocks[clause.id] if block not in skipped]
        for block in shown:
            yield from _block(block, language)
            yield from _unbounded(block, shown, document, blocks, language)


def is_chrome(block: Block) -> bool:
    """Is this what the frame of a page leaves behind when its text is copied?"""
    return _CHROME.fullmatch(block.text) is not None or _LAST_MODIFIED.search(block.text) is not None


def _finding(rule: str, language: Language, block: Block, message: str, severity: Severity = "error") -> Finding:
    return Finding(rule=rule, severity=severity, lang=language, where=block.where, message=message)


def _heading(clause: Clause, language: Language) -> Iterator[Finding]:
    if heading_language(clause.title) not in (None, language):
        where = "{}:{}".format(*clause.heading)
        other = "French" if language == "en" else "English"
        message = f"the heading {clause.title[:60]!r} is {other}"
        yield Finding(rule="wrong-language", severity="error", lang=language, where=where, message=message)


def heading_language(title: str) -> Language | None:
    """The language of a heading where its words leave no doubt."""
    if has_french_letters(re.sub(r"\{\{.*?\}\}", "", title)):
        return "fr"
    words = set(plain_words(title.replace("’", "'")))
    french, english = (len(words & HEADING_WORDS[one]) for one in ("fr", "en"))
    if french and not english:
        return "fr"
    return "en" if english and not french else None


def _block(block: Block, language: Language) -> Iterator[Finding]:
    if is_chrome(block):
        yield _finding(
            "page-chrome", language, block, f"part of the page's frame, not of the text: {block.text[:60]!r}"
        )
        return
    odd = next((one for one in (block.text, *block.sentences) if language_of(one) not in (None, language)), None)
    if odd is not None:
        yield _finding("wrong-language", language, block, f"this is not {language}: {odd[:60]!r}")
        return
    yield from _broken(block, language)


def _broken(block: Block, language: Language) -> Iterator[Finding]:
    opened, closed = block.text.count("("), block.text.count(")")
    # `a)` counts a list, and an emoticon is nobody's policy.
    if opened != closed and not re.match(r"\(?\w{1,3}\)", block.text):
        yield _finding("broken-sentence", language, block, f"a bracket is missing: {block.text[:60]!r}", "warning")
    for found in _LOWER_START.finditer(block.text):
        if not _ABBREVIATION.search(block.text[: found.end(1)]) and len(found[1]) > 1:
            message = f"a sentence starts with a small letter: {found[0][:60]!r}"
            yield _finding("broken-sentence", language, block, message, "warning")
            return


def _unbounded(
    block: Block,
    beside: Sequence[Block],
    document: Document,
    blocks: Mapping[str, Sequence[Block]],
    language: Language,
) -> Iterator[Finding]:
    for sentence in block.sentences:
        found = _UNBOUNDED.search(sentence)
        before = re.split(r"[,;:]|\b(?:and|but|et|mais)\b", sentence[: found.start()] if found else "")[-1]
        if found is None or _NEGATION.search(before):
            continue
        against = _against(beside) or _against([one for clause in document.clauses for one in blocks[clause.id]])
        message = f"{found[0]!r}: nothing is kept without an end" + (f"; against {against}" if against else "")
        yield _finding("unbounded", language, block, message)


def _against(blocks: Sequence[Block]) -> str:
    periods = [(quantity, block.where) for block in blocks for quantity, _ in periods_in(block.text)]
    return f"{say(max(periods)[0])} at {max(periods)[1]}" if periods else ""
