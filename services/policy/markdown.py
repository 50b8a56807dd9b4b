"""Markdown to one list of tokens, and that list to markup or to plain text.

Raw HTML is text, links lead to a short list of places, pictures are their own description (one from elsewhere
would watch the reader). So whatever a source contains, what comes out is made of the few elements named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.policy.errors import PolicyError
from services.policy.sources import Clause

MAX_DEPTH = 20
# mailto, http(s), a path of our own site, or an anchor of this page. `//host` is somebody else's site.
_LINK = re.compile(r"(?:https?://|mailto:|#|/(?!/))", re.IGNORECASE)
_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_BLOCK_END = {"paragraph_close", "heading_close", "table_close", "bullet_list_close", "ordered_list_close"}

LinkTags = Callable[[str], tuple[str, str]]


def _parser() -> MarkdownIt:
    # What lies deeper than its own bound the parser leaves out in silence, so ours is lower.
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_DEPTH + 10}).enable("table")
    parser.validateLink = lambda url: _LINK.match(url) is not None  # type: ignore[method-assign]
    return parser


_PARSER = _parser()


def parse(clause: Clause) -> list[Token]:
    """The tokens of a clause's text; `PolicyError` when it is nested deeper than any reader could follow."""
    tokens = list(_tokens(clause.markdown))
    depth = max((token.level + max((c.level for c in token.children or ()), default=0) for token in tokens), default=0)
    if depth >= MAX_DEPTH:
        raise PolicyError("too-deep", clause.file, clause.line, f"nested {MAX_DEPTH} levels deep or more")
    return tokens


@lru_cache(maxsize=512)
def _tokens(markdown: str) -> tuple[Token, ...]:
    # Checked, rendered three times and compared: one text is read once. Nobody changes a token.
    return tuple(_PARSER.parse(markdown))


def forget() -> None:
    """Drop what was kept of texts that have been read."""
    _tokens.cache_clear()


def links(tokens: Sequence[Token]) -> list[str]:
    """Where the links lead, in their order."""
    inner = [child for token in tokens for child in token.children or ()]
    return [str(child.attrs["href"]) for child in inner if child.type == "link_open"]


def escape(text: str) -> str:
    """`text` for XML and HTML, in an element or between double quotes; what XML 1.0 cannot hold is left out."""
    clean = _NOT_XML.sub("", text)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def to_markup(tokens: Sequence[Token], link: LinkTags, *, labelled: bool = False) -> str:
    """XHTML of the tokens. `link` gives the opening and closing markup for a destination.

    `labelled`: each cell of a table carries its column's heading as `data-label`, and the first one heads its row, so
    that a narrow screen can show a row as a card.
    """
    return "".join((_LabelledMarkup if labelled else _Markup)(link).blocks(tokens))


class _Markup:
    def __init__(self, link: LinkTags) -> None:
        self._link = link
        self._link_ends: list[str] = []

    def blocks(self, tokens: Sequence[Token]) -> list[str]:
        return [self._block(token) for token in tokens]

    def _block(self, token: Token) -> str:
        if token.type == "inline":
            return "".join(self._inline(child) for child in token.children or ())
        if token.type in ("fence", "code_block"):
            return f"<pre>{escape(token.content)}</pre>\n"
        if token.type == "hr":
            return "<hr/>\n"
        return "" if token.hidden else _tag(token)

    def _inline(self, token: Token) -> str:
        match token.type:
            case "link_open":
                start, end = self._link(str(token.attrs["href"]))
                self._link_ends.append(end)
                return start
            case "link_close":
                return self._link_ends.pop()
            case "em_open" | "em_close" | "strong_open" | "strong_close":
                return f"<{'/' if token.nesting < 0 else ''}{token.tag}>"
            case "code_inline":
                return f"<code>{escape(token.content)}</code>"
            case "hardbreak":
                return "<br/>"
            case "softbreak":
                return "\n"
            case _:
                return escape(token.content)


class _LabelledMarkup(_Markup):
    def blocks(self, tokens: Sequence[Token]) -> list[str]:
        parts: list[str] = []
        labels: list[str] = []
        column = 0
        for token, following in zip_longest(tokens, tokens[1:]):
            match token.type:
                case "table_open":
                    labels = []
                    parts.append('<table class="list">')
                case "th_open":
                    labels.append(escape(_inline_text(following.children or ())))
                    parts.append('<th scope="col">')
                case "td_open":
                    parts.append(f'<td data-label="{labels[column]}">' if column else '<th scope="row">')
                case "td_close":
                    parts.append("</td>\n" if column else "</th>\n")
                    column += 1
                case _:
                    column = 0 if token.type == "tr_open" else column
                    parts.append(self._block(token))
        return parts


def _tag(token: Token) -> str:
    # A heading inside a list or a quotation would break the outline: it is set in bold instead.
    if token.type == "heading_open":
        return "<p><strong>"
    if token.type == "heading_close":
        return "</strong></p>\n"
    if token.nesting < 0:
        return f"</{token.tag}>\n"
    start = token.attrs.get("start")
    return f'<ol start="{int(start)}">' if token.tag == "ol" and start is not None else f"<{token.tag}>"


def to_text(tokens: Sequence[Token]) -> str:
    """Plain text: paragraphs apart, list items with a dash, cells of a table with a bar, destinations in brackets."""
    parts: list[str] = []
    lists = 0
    for token in tokens:
        lists += {"bullet_list_open": 1, "ordered_list_open": 1}.get(token.type, 0)
        lists -= {"bullet_list_close": 1, "ordered_list_close": 1}.get(token.type, 0)
        parts.append(_text_of(token, lists))
    text = re.sub(r" \| $", "", "".join(parts), flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _text_of(token: Token, lists: int) -> str:
    if token.type == "inline":
        return _inline_text(token.children or ())
    if token.type in ("fence", "code_block"):
        return token.content + "\n"
    if token.type == "list_item_open":
        return "  " * (lists - 1) + "- "
    if token.type in ("th_close", "td_close"):
        return " | "
    if token.type in ("tr_close", "list_item_close") or token.hidden:
        return "\n" if token.nesting < 0 and token.type != "list_item_close" else ""
    return "\n\n" if token.type in _BLOCK_END else ""


def _inline_text(children: Sequence[Token]) -> str:
    parts: list[str] = []
    ends: list[str] = []
    for child in children:
        if child.type == "link_open":
            ends.append(str(child.attrs["href"]))
        elif child.type == "link_close":
            # An anchor leads nowhere on paper, and a mail address stands in the text already.
            parts.append("" if ends[-1].startswith(("#", "mailto:")) else f" ({ends[-1]})")
            ends.pop()
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n" if child.type == "hardbreak" else " ")
        else:
            parts.append(child.content)
    return "".join(parts)
