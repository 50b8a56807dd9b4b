"""Three writings of one text. Whatever the Markdown holds, the markup is well-formed and holds nothing but text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.register import LANGUAGES
from services.policy import Policy, PolicyError, render
from services.policy.canonical import body_digest, canonical
from services.policy.errors import RenderError
from services.policy.markdown import parse, to_markup, to_text
from services.policy.render import Frame
from services.policy.sources import Clause

WRAP = '<x xmlns:ac="urn:ac" xmlns:ri="urn:ri">{}</x>'
ALLOWED = set("p h2 h3 h4 h5 h6 ul ol li strong em a table thead tbody tr th td br hr pre code blockquote".split())  # noqa: SIM905
LETTERS = st.one_of(st.sampled_from("*_[]()<>#|`~!&\"'-+=.:\n\t {}1a/"), st.characters(codec="utf-8"))
Single = Callable[[str, str], Policy]


def clause(markdown: str) -> Clause:
    return Clause("one", "One", 2, markdown, (), "en.md", 1)


def markup(markdown: str) -> str:
    return to_markup(parse(clause(markdown)), lambda url: (f'<a href="{url.replace("&", "&amp;")}">', "</a>"))


def test_storage_is_well_formed_and_starts_with_the_marker(text: Policy) -> None:
    for language in LANGUAGES:
        storage = render(text, language, "storage", Frame(marker="ours", app_url="https://x.example", sibling="T"))
        root = fromstring(WRAP.format(storage))
        first = root[0]
        assert (first.get("{urn:ac}name"), first[0].text) == ("anchor", "ours")
        anchors = {
            macro[0].text for macro in root.iter("{urn:ac}structured-macro") if macro.get("{urn:ac}name") == "anchor"
        }
        targets = {link.get("{urn:ac}anchor") for link in root.iter("{urn:ac}link")} - {None}
        assert targets <= anchors
        assert {one.id for one in text.clauses[language]} <= anchors


def test_html_has_an_id_for_each_clause_and_a_link_to_each_group(text: Policy) -> None:
    shown = render(text, "fr", "html")
    ids = set(re.findall(r'<h\d id="([^"]+)"', shown))
    assert ids == {one.id for one in text.clauses["fr"]}
    contents = re.findall(r'<li><a href="#([^"]+)"', shown.split("</nav>")[0])
    assert contents == [one.id for one in text.clauses["fr"] if one.level == 2]
    assert set(re.findall(r'href="#([^"]+)"', shown)) <= ids


def test_a_row_of_a_table_can_become_a_card(text: Policy) -> None:
    shown = render(text, "fr", "html")
    assert '<th scope="row">Coordonnées des prospects</th>\n<td data-label="Durée">3 ans</td>' in shown
    assert "data-label" not in render(text, "fr", "storage")


def test_the_three_forms_say_the_same(text: Policy) -> None:
    def words(markup: str) -> set[str]:
        return set(re.findall(r"\w{4,}", re.sub(r"<[^>]*>|\(http\S+\)|\(/policy\S+\)", " ", markup)))

    plain = words(render(text, "en", "text"))
    for markup in (render(text, "en", "html"), render(text, "en", "storage")):
        assert plain - words(markup) <= words(text.titles["en"])


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<ac:structured-macro ac:name="html"><ac:parameter><![CDATA[x]]></ac:parameter></ac:structured-macro>',
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](  JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](//evil.example/x)",
        "<javascript:alert(1)>",
        "![x](https://evil.example/pixel.gif)",
        '[x](https://a.example/" onclick="alert)',
        "[x]: javascript:alert(1)\n\n[x]",
        "]]> <!-- --> <?php ?> <!DOCTYPE x>",
        "\u0000\u0008\u000b\ufffe text",
        "a\n\n---\n\nb | c",
    ],
)
def test_hostile_markdown_stays_text(hostile: str) -> None:
    root = fromstring(f"<x>{markup(hostile)}</x>")
    assert {element.tag for element in root.iter()} - {"x"} <= ALLOWED
    for element in root.iter():
        assert set(element.attrib) <= {"href", "start"}
        assert re.match(r"https?://|mailto:|#|/(?!/)|$", element.get("href", ""), re.IGNORECASE)


@pytest.mark.parametrize("deep", ["*" * 10_000 + "a" + "*" * 10_000, "> " * 10_000 + "a", "- " * 5_000 + "a"])
def test_ten_thousand_levels_are_refused_and_not_suffered(deep: str) -> None:
    with pytest.raises(PolicyError, match=r"en\.md:1: nested"):
        parse(clause(deep))


def test_many_open_brackets_and_quotes_are_only_text() -> None:
    shown = markup("[" * 10_000 + '"a"' + "](" * 100)
    assert fromstring(f"<x>{shown}</x>").find(".//a") is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=LETTERS, max_size=200))
def test_any_markdown_gives_well_formed_markup(text: str) -> None:
    try:
        tokens = parse(clause(text))
    except PolicyError:
        return
    root = fromstring(f"<x>{markup(text)}</x>")
    assert {element.tag for element in root.iter()} - {"x"} <= ALLOWED
    assert "\x00" not in to_text(tokens)


def test_links_to_our_own_site_become_absolute_in_confluence(single: Single) -> None:
    policy = single("# T\n\n## Une {#a}\n\n[x](/policy/fr) [y](#a)", "# T\n\n## One {#a}\n\n[x](/policy/en) [y](#a)")
    storage = render(policy, "en", "storage", Frame(app_url="https://app.example"))
    assert '<a href="https://app.example/policy/en">' in storage
    assert '<ac:link ac:anchor="a">' in storage
    assert '<a href="/policy/en">' in render(policy, "en", "html")


@pytest.mark.parametrize(
    ("sent", "given_back"),
    [
        ("<hr/><p>é’</p>", "<hr />\n<p>&eacute;&rsquo;</p>"),
        (
            '<ac:structured-macro ac:name="toc"/>',
            '<ac:structured-macro ac:name="toc" ac:schema-version="1" ac:macro-id="1"/>',
        ),
        ("<p>a  b</p>", '<p local-id="7">a\nb</p>'),
    ],
)
def test_what_confluence_adds_is_no_difference(sent: str, given_back: str) -> None:
    assert body_digest(sent) == body_digest(given_back)


def test_a_changed_word_is_a_difference_and_broken_markup_is_refused() -> None:
    assert body_digest("<p>a</p>") != body_digest("<p>b</p>")
    assert body_digest("<p>&lt;b/&gt;</p>") != body_digest("<p><b/></p>")
    with pytest.raises(RenderError):
        canonical("<p>")
    with pytest.raises(RenderError):
        canonical('</page><!DOCTYPE x [<!ENTITY y "z">]><page>')
    assert body_digest("<p>") != body_digest("<b>")
