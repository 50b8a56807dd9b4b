"""Our pages and files are packed for whoever can unpack them, and are the same inside."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from models.database import Database
from tests.handlers.faces import Face, evaluation, running

PACKED = {"Accept-Encoding": "gzip"}


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(*(evaluation(number, f"Person {number}", f"p{number}@c{number}.example") for number in range(5)))
        yield face


def test_a_fragment_is_packed_and_the_same_inside(face: Face) -> None:
    plain, packed = face.staff("/staff/api/prospects"), face.staff("/staff/api/prospects", **PACKED)
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert len(packed.get_data()) * 3 < len(plain.get_data())
    assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in packed.headers["Vary"]


def test_a_file_is_packed_and_still_known_again(face: Face) -> None:
    path = "/static/fairtrial.css"
    with face.client.get(path, headers=PACKED) as packed, face.client.get(path) as plain:
        assert gzip.decompress(packed.get_data()) == plain.get_data()
        known = {**PACKED, "If-None-Match": packed.headers["ETag"]}
    with face.client.get(path, headers=known) as again:
        assert (again.status_code, again.get_data()) == (304, b"")


def test_what_belongs_to_one_person_or_is_small_or_an_error_is_sent_as_it_is(face: Face) -> None:
    token = face.link("p1@c1.example", "choices")
    for path in (f"/privacy/choices/{token}", "/static/icon.svg"):
        with face.client.get(path, headers=PACKED) as answer:
            assert answer.status_code == 200 and "Content-Encoding" not in answer.headers
    assert "Content-Encoding" not in face.staff("/staff/api/prospects", account="mallory", **PACKED).headers
