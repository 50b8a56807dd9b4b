"""`policy check` and `policy publish` on the console: exit 0, 1 or 2, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from handlers.settings import Settings
from models.register import RECIPIENTS


def run(folder: Path, *arguments: str, database: str = "sqlite://") -> Result:
    settings = Settings(
        secret_keys=("a-secret-key-for-the-tests",),  # type: ignore[arg-type]
        policy_dir=folder,
        policy_space="LEGAL",
        database_url=f"sqlite:///{folder.parent / 'cli.db'}",
        _env_file=None,  # type: ignore[call-arg]
    )
    return create_app(settings).test_cli_runner().invoke(args=["policy", *arguments])


def test_the_built_in_policy_passes(folder: Path) -> None:
    result = run(folder, "check", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"findings": []})


def test_an_error_in_the_text_is_1_and_has_the_shape_that_machines_read(folder: Path) -> None:
    path = folder / "en" / "11-security.md"
    path.write_text(path.read_text().replace("title: Security", "title: Sécurité"))
    result = run(folder, "check", "--json")
    [found] = json.loads(result.stdout)["findings"]
    assert result.exit_code == 1
    assert list(found) == ["rule", "severity", "lang", "where", "message"]
    assert (found["rule"], found["severity"], found["lang"]) == ("wrong-language", "error", "en")
    assert run(folder, "publish").exit_code == 1


def spoilt(folder: Path, kind: str) -> str:
    """Spoil one file; gives where the error has to be."""
    path = folder / "en" / "11-security.md"
    good = path.read_bytes()
    match kind:
        case "front matter":
            path.write_bytes(good.replace(b"title:", b"title", 1))
            return "en/11-security.md:3"
        case "no front matter":
            path.write_bytes(good.replace(b"---\n", b"", 1))
            return "en/11-security.md:1"
        case "placeholder":
            path.write_bytes(good + b"\n{{ period.of.nothing }}\n")
            return f"en/11-security.md:{good.count(bytes([10])) + 2}"
        case "bytes":
            path.write_bytes(good + b"\xff\xfe")
            return f"en/11-security.md:{good.count(bytes([10])) + 1}"
        case "large":
            path.write_bytes(good + b"word " * 1_000_000)
            return "en/11-security.md:1"
        case "include":
            path.write_bytes(good + b"\n{{ include other.md }}\n")
            (folder / "en" / "parts").mkdir()
            (folder / "other.md").write_text("One\n{{ include other.md }}\n")
            return "other.md:2"
        case "twice":
            path.write_bytes(good + b"\n## Again {#rights}\n\ntext\n")
            return "en/13-rights.md:6"
    raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind", ["front matter", "no front matter", "placeholder", "bytes", "large", "include", "twice"]
)
def test_what_cannot_be_read_is_2_and_named_by_file_and_line(folder: Path, kind: str) -> None:
    where = spoilt(folder, kind)
    for arguments in (("check", "--json"), ("publish",), ("publish", "--dry-run")):
        result = run(folder, *arguments)
        assert result.exit_code == 2, (arguments, result.output)
        assert f"{where}: " in result.stderr
        assert "Traceback" not in result.output


def test_an_include_stands_for_the_lines_of_its_file(folder: Path) -> None:
    for language, text in (("fr", "Texte commun."), ("en", "Common text.")):
        (folder / f"shared-{language}.md.part").write_text(text)
        path = folder / language / "16-contact.md"
        path.write_text(path.read_text() + f"\n{{{{ include shared-{language}.md.part }}}}\n")
    assert run(folder, "check").exit_code == 0
    assert "Common text." in run(folder, "render", "--lang", "en").output


def test_an_include_never_leaves_the_folder(folder: Path) -> None:
    (folder.parent / "outside.md").write_text("Not yours.")
    path = folder / "en" / "16-contact.md"
    path.write_text(path.read_text() + "\n{{ include ../outside.md }}\n{{ include ../../outside.md }}\n")
    result = run(folder, "check")
    assert result.exit_code == 2
    assert "there is no file" in result.stderr
    assert "Not yours" not in result.output


def listing(tmp_path: Path, **answers: object) -> Path:
    named = [one.name.en for one in RECIPIENTS.values() if one.on and one.name.en == one.name.fr]
    right = {
        "data_retention": "Contact data 3 years, accounting 10 years",
        "third_parties": named,
        "processes_personal_data": "yes",
        "data_deletion_on_request": "yes",
        "privacy_policy_url": "http://localhost:8000/policy/en",
    }
    path = tmp_path / "listing.json"
    path.write_text(json.dumps(right | answers))
    return path


def test_a_listing_that_says_what_the_register_says_passes(folder: Path, tmp_path: Path) -> None:
    result = run(folder, "check", "--listing", str(listing(tmp_path)), "--json")
    found = json.loads(result.stdout)["findings"]
    assert [one for one in found if one["severity"] == "error"] == []
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("data_retention", "We keep data for 7 years", "7 years"),
        ("data_retention", "Data is kept indefinitely", "without an end"),
        ("third_parties", "no", "says none"),
        ("third_parties", ["Atlassian", "PayPal", "BNP Paribas", "Mailchimp"], "'Mailchimp'"),
        ("third_parties", ["Atlassian", "BNP Paribas"], "'PayPal'"),
        ("processes_personal_data", False, "no personal data"),
        ("data_deletion_on_request", "No", "erasure"),
    ],
)
def test_where_listing_and_register_differ_is_told(
    folder: Path, tmp_path: Path, question: str, answer: object, said: str
) -> None:
    result = run(folder, "check", "--listing", str(listing(tmp_path, **{question: answer})), "--json")
    found = [one for one in json.loads(result.stdout)["findings"] if one["severity"] == "error"]
    assert result.exit_code == 1
    assert [question in one["where"] for one in found] == [True]
    assert said in found[0]["message"]


def test_a_listing_that_cannot_be_read_is_2(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"a": 1,\n "b"')
    for wrong in (path, tmp_path / "absent.json"):
        assert run(folder, "check", "--listing", str(wrong)).exit_code == 2
