"""Whatever a host signs by the written rule, we verify; and nothing else."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect import tokens

NOW = 1_790_000_000
SECRET = "a-shared-secret-of-some-length-here"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = TEXT.filter(lambda name: name != "jwt")
QUERY = st.lists(st.tuples(NAMES, TEXT), max_size=6)
PATH = st.lists(TEXT, max_size=4).map(lambda parts: "/" + "/".join(quote(part, safe="") for part in parts))
BASES = st.sampled_from(["", "https://h", "https://h/wiki", "https://h/wiki/", "https://h/a/b"])


def signed(method: str, url: str, base: str) -> str:
    qsh = tokens.query_string_hash(method, url, base)
    return tokens.sign(SECRET, issuer="harbour", qsh=qsh, now=NOW)


def verify(token: str, method: str, url: str, base: str) -> tokens.Claims:
    return tokens.verify_request(token, [SECRET], method=method, raw_url=url, base_url=base, now=NOW)


@given(PATH, QUERY, BASES, st.randoms(use_true_random=False))
def test_order_of_names_and_style_of_escapes_do_not_matter(
    path: str, query: list[tuple[str, str]], base: str, random: object
) -> None:
    shuffled = list(query)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    token = signed("GET", f"{path}?{urlencode(query)}", base)
    there = f"{path}?{urlencode(shuffled, quote_via=quote)}&jwt={token}"
    assert verify(token, "get", there, base).issuer == "harbour"


@given(PATH, QUERY, NAMES, TEXT)
def test_one_more_parameter_breaks_the_token(path: str, query: list[tuple[str, str]], name: str, value: str) -> None:
    token = signed("GET", f"{path}?{urlencode(query)}", "")
    with pytest.raises(tokens.TokenError, match="wrong-qsh"):
        verify(token, "GET", f"{path}?{urlencode([*query, (name, value)])}", "")


@given(st.text(), st.text(), st.text())
def test_any_text_for_a_url_has_one_answer(method: str, url: str, base: str) -> None:
    try:
        assert len(tokens.query_string_hash(method, url, base)) == 64
    except tokens.TokenError as error:
        assert error.code == "query-too-long"


@given(st.text(max_size=200))
def test_no_text_for_a_token_gets_through_or_crashes(token: str) -> None:
    for read in (tokens.read_issuer, tokens.read_key_id, lambda text: verify(text, "GET", "/", "")):
        with pytest.raises(tokens.TokenError):
            read(token)
