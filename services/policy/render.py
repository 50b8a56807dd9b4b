"""The policy as HTML fragment, Confluence storage XHTML, or plain text: three writings of the same tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from models.register import Language
from services.policy.canonical import canonical
from services.policy.change_words import AFTER, BEFORE, Change
from services.policy.markdown import escape, parse, to_markup, to_text
from services.policy.sources import Clause
from services.policy.text import Policy

Form = Literal["html", "storage", "text"]
CONTENTS = {"fr": "Sommaire", "en": "Contents"}


@dataclass(frozen=True)
class Frame:
    """What a page in Confluence has around the text.

    `marker` names the page as ours; `app_url` goes in front of links to our own site; `version` is a line of text;
    `sibling` is the title of the page in the other language, of the same space, and `sibling_label` its link's text;
    `changes`, under `changes_heading`, are told at the end.
    """

    marker: str = "alkaes-policy"
    app_url: str = ""
    version: str = ""
    sibling: str = ""
    sibling_label: str = ""
    changes: tuple[Change, ...] = ()
    changes_heading: str = ""


def render(policy: Policy, language: Language, form: Form, frame: Frame | None = None) -> str:
    """The policy in one language. `frame` is for `storage` alone."""
    if form == "html":
        return to_html(policy, language)
    if form == "storage":
        return to_storage(policy, language, frame or Frame())
    return to_plain(policy, language)


def to_html(policy: Policy, language: Language) -> str:
    """An HTML fragment: contents with links, then a section a group; each heading carries the id of its clause."""
    clauses = policy.clauses[language]
    body = "".join(
        (_heading(one, "") if one.title else "") + to_markup(parse(one), _html_link, labelled=True) for one in clauses
    )
    return f"{_contents(clauses, language)}{body}"


def to_storage(policy: Policy, language: Language, frame: Frame) -> str:
    """Storage XHTML, checked to be well-formed. The ownership marker comes first (reference: policy.md 5.0)."""
    parts = [_anchor(frame.marker), *_top(frame), _macro("toc", {"minLevel": "2", "maxLevel": "3"})]
    for clause in policy.clauses[language]:
        parts.append(_heading(clause, _anchor(clause.id)) if clause.title else _anchor(clause.id))
        parts.append(to_markup(parse(clause), lambda url: _storage_link(url, frame.app_url)))
    parts += _changes(frame, language)
    storage = "".join(parts)
    canonical(storage)
    return storage


def to_plain(policy: Policy, language: Language) -> str:
    """Plain text with underlined headings."""
    return "\n\n".join([_underlined(policy.titles[language], "="), *_plain_clauses(policy.clauses[language])]) + "\n"


def clause_text(clause: Clause) -> str:
    """The text of one clause without its heading, as versions keep it."""
    return to_text(parse(clause))


def _plain_clauses(clauses: tuple[Clause, ...]) -> Iterator[str]:
    for clause in clauses:
        if clause.title:
            yield _underlined(clause.title, "-" if clause.level == 2 else ".")
        text = clause_text(clause)
        if text:
            yield text


def _underlined(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"


def _heading(clause: Clause, anchor: str) -> str:
    level = min(clause.level, 6)
    id_ = "" if anchor else f' id="{escape(clause.id)}"'
    return f"<h{level}{id_}>{anchor}{escape(clause.title)}</h{level}>\n"


def _contents(clauses: tuple[Clause, ...], language: Language) -> str:
    items = "".join(
        f'<li><a href="#{escape(one.id)}">{escape(one.title)}</a></li>'
        for one in clauses
        if one.level == 2 and one.title
    )
    return (
        f'<nav class="contents" aria-label="{CONTENTS[language]}"><h2>{CONTENTS[language]}</h2><ol>{items}</ol></nav>\n'
    )


def _html_link(url: str) -> tuple[str, str]:
    return f'<a href="{escape(url)}">', "</a>"


def _storage_link(url: str, app_url: str) -> tuple[str, str]:
    # Raw `#name` links differ between Confluence's editors; the anchor attribute works in both (policy.md 7).
    if url.startswith("#"):
        return f'<ac:link ac:anchor="{escape(url[1:])}"><ac:link-body>', "</ac:link-body></ac:link>"
    return f'<a href="{escape(app_url + url if url.startswith("/") else url)}">', "</a>"


def _top(frame: Frame) -> Iterator[str]:
    if frame.sibling:
        # By title, not by id: both pages can then be right from their first version on, whichever is made first.
        page = f'<ac:link><ri:page ri:content-title="{escape(frame.sibling)}"/>'
        yield f"<p>{page}<ac:link-body>{escape(frame.sibling_label)}</ac:link-body></ac:link></p>\n"
    if frame.version:
        yield f"<p><em>{escape(frame.version)}</em></p>\n"


def _changes(frame: Frame, language: Language) -> Iterator[str]:
    if not frame.changes:
        return
    yield f"<h2>{_anchor('what-changed')}{escape(frame.changes_heading)}</h2>\n<ul>"
    for change in frame.changes:
        yield f"<li><p><strong>{escape(change.heading(language))}</strong></p><ul>"
        for word, sentences in zip((BEFORE, AFTER), change.said, strict=True):
            for sentence in sentences:
                colon = "\u00a0: " if language == "fr" else ": "
                yield f"<li><p><em>{word.in_(language)}</em>{colon}{escape(sentence)}</p></li>"
        if not any(change.said):
            yield f"<li><p>{escape(change.title)}</p></li>"
        yield "</ul></li>"
    yield "</ul>\n"


def _anchor(name: str) -> str:
    return _macro("anchor", {"": name})


def _macro(name: str, parameters: dict[str, str]) -> str:
    inner = "".join(
        f'<ac:parameter ac:name="{key}">{escape(value)}</ac:parameter>' for key, value in parameters.items()
    )
    return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{inner}</ac:structured-macro>'
