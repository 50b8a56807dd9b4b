"""Real databases for every data test: SQLite in a file, and PostgreSQL where a server answers."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from models.database import Database
from models.schema import HEAD, METADATA, upgrade
from models.vault import Vault

POSTGRES_URL = os.environ.get("FAIRTRIAL_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


def _postgres_answers() -> bool:
    try:
        psycopg.connect(_plain(POSTGRES_URL), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(autouse=True)
def erasure_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Each test has a journal of erasures of its own: one that outlives its database would say that it was restored."""
    path = tmp_path / "erasures.journal"
    monkeypatch.setenv("FAIRTRIAL_ERASURE_JOURNAL", str(path))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of a running server; tests that need one are skipped, saying so, where none answers."""
    if not _postgres_answers():
        pytest.skip("no PostgreSQL server answers (FAIRTRIAL_TEST_POSTGRES_URL)")
    return POSTGRES_URL


BOTH_KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH_KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of its own; a test that asks for it runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with _postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(params=BOTH_KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with all tables, as the migrations make them, and nothing in them."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield from _opened(f"sqlite:///{path}")
        return
    url = request.getfixturevalue("migrated_database")
    _empty(url)
    yield from _opened(url)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that the migrations have made."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database that the migrations have made; each test finds it empty."""
    with _postgres_database(postgres_server) as url:
        _migrate(url)
        yield url


def _empty(url: str) -> None:
    """Empty every table, also the append-only ones: a database a test would take a second each to make and to drop."""
    tables = ", ".join(f'"{name}"' for name in METADATA.tables)
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        # A test may have pretended that the schema is an older one.
        connection.execute("UPDATE alembic_version SET version_num = %s", [HEAD])


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.dispose()


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()


@contextmanager
def _postgres_database(server: str) -> Iterator[str]:
    name = f"fairtrial_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_plain(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(_plain(server), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def vault() -> Vault:
    """Keys for tests."""
    return Vault(["a-secret-key-for-the-tests"])


@pytest.fixture
def now() -> datetime:
    """A fixed instant."""
    return datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
