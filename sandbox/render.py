"""A page's storage format as a customer reads it: an allow-list of elements, and the few macros a policy uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from xml.etree.ElementTree import Element

from markupsafe import Markup

from sandbox.storage import BadStorageError, parse

AC, RI = "{urn:ac}", "{urn:ri}"
PLAIN = frozenset(
    (
        *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "br", "hr"),
        *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "colgroup", "col"),
        *("strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "code", "time", "small"),
    )
)
VOID = frozenset(("br", "hr", "col"))
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
KEPT = frozenset(("colspan", "rowspan", "scope", "start", "lang", "datetime"))
SAFE_LINK = re.compile(r"^(https?://|mailto:|#|/(?!/))", re.IGNORECASE)
BOXES = ("info", "note", "tip", "warning", "panel")

PageLink = Callable[[str], str | None]


def rendered(markup: str, page_link: PageLink) -> Markup:
    """Safe HTML of a body. `page_link` gives the address of a page by its title, or None."""
    try:
        root = parse(markup)
    except BadStorageError:
        return Markup("<p>—</p>")
    reader = _Reader(root, page_link)
    return Markup(reader.inside(root))  # noqa: S704  every piece was escaped or allow-listed on the way


class _Reader:
    def __init__(self, root: Element, page_link: PageLink) -> None:
        self._page_link = page_link
        self._headings: dict[Element, str] = {}
        for heading in (found for found in root.iter() if found.tag in HEADINGS):
            slug = re.sub(r"\W+", "-", _words(heading).strip()).strip("-").lower() or "section"
            self._headings[heading] = slug if slug not in self._headings.values() else f"{slug}-{len(self._headings)}"

    def inside(self, node: Element) -> str:
        parts = [escape(node.text or "")]
        for child in node:
            parts += [self._element(child), escape(child.tail or "")]
        return "".join(parts)

    def _element(self, node: Element) -> str:
        tag = str(node.tag)
        if tag == AC + "structured-macro":
            return self._macro(node)
        if tag == AC + "link":
            return self._link(node)
        if tag in (AC + "parameter", AC + "image", "script", "style"):
            return ""
        if tag == "a":
            return self._anchor(node.get("href", ""), self.inside(node))
        if tag not in PLAIN:
            return self.inside(node)
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attrib.items() if name in KEPT)
        if node in self._headings:
            attributes += f' id="{escape(self._headings[node])}"'
        return f"<{tag}{attributes}>" if tag in VOID else f"<{tag}{attributes}>{self.inside(node)}</{tag}>"

    def _anchor(self, href: str, inner: str) -> str:
        return f'<a href="{escape(href)}">{inner}</a>' if SAFE_LINK.match(href) else inner

    def _link(self, node: Element) -> str:
        body = node.find(AC + "link-body")
        plain = node.find(AC + "plain-text-link-body")
        page = node.find(RI + "page")
        title = page.get(RI + "content-title", "") if page is not None else ""
        inner = self.inside(body) if body is not None else escape((plain.text if plain is not None else "") or title)
        address = (self._page_link(title) or "") if title else ""
        anchor = node.get(AC + "anchor")
        return self._anchor(f"{address}#{anchor}" if anchor else address, inner)

    def _macro(self, node: Element) -> str:
        name = node.get(AC + "name", "")
        parameters = {part.get(AC + "name", ""): part.text or "" for part in node.findall(AC + "parameter")}
        rich = node.find(AC + "rich-text-body")
        plain = node.find(AC + "plain-text-body")
        if name == "anchor":
            return f'<span id="{escape(parameters.get("", ""))}"></span>'
        if name == "toc":
            level = parameters.get("maxLevel", "")
            return self._contents(int(level) if level.isdecimal() else 6)
        if name in BOXES and rich is not None:
            return f'<aside class="box {name}">{self.inside(rich)}</aside>'
        if plain is not None:
            return f"<pre><code>{escape(plain.text or '')}</code></pre>"
        return self.inside(rich) if rich is not None else ""

    def _contents(self, deepest: int) -> str:
        rows = []
        for heading, slug in self._headings.items():
            level = int(str(heading.tag)[1])
            if level <= deepest:
                text = escape(_words(heading).strip())
                rows.append(f'<li class="level-{level}"><a href="#{escape(slug)}">{text}</a></li>')
        return f'<nav class="toc"><ul>{"".join(rows)}</ul></nav>' if rows else ""


def _words(node: Element) -> str:
    """What a heading says. The parameters of a macro within it, such as the name of an anchor, are no words."""
    parts = [node.text or ""]
    for child in node:
        parts += ["" if child.tag == AC + "structured-macro" else _words(child), child.tail or ""]
    return "".join(parts)
