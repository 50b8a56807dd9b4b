"""The folder of a Forge app that hosts our pages: their shells, style and script from here, Forge's bridge from npm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask, render_template

from connect.manifest import PAGES_FOLDER, locale_path
from handlers import staff
from handlers.i18n import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
COPIED = {
    "package.json": "templates/forge/package.json",
    "src/main.js": "templates/forge/main.js",
    "src/fairtrial.js": "static/fairtrial.js",
    f"{PAGES_FOLDER}/index.html": "templates/forge/index.html",
    f"{PAGES_FOLDER}/fairtrial.css": "static/fairtrial.css",
    f"{PAGES_FOLDER}/icon.svg": "static/icon.svg",
}
# Key of a module -> where its shell is for Connect, and what renders it. The issue of a panel is known to Forge's page.
SHELLS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "prospects-page": ("/staff/prospects", staff.prospects_shell),
    "configuration-panel": ("/support/panel", lambda: render_template("support/panel.html", issue_id="")),
}


def write(app: Flask, folder: Path, manifest: str, base_url: str) -> None:
    """Write the app that Forge hosts into `folder`, over what an earlier call wrote there."""
    made = {name: (ROOT / source).read_text() for name, source in COPIED.items()}
    made |= {locale_path(file.stem): file.read_text() for file in (ROOT / "static" / "i18n").glob("*.json")}
    made["src/shells.json"] = json.dumps({"home": base_url, "shells": shells(app)}, ensure_ascii=False)
    made["manifest.yml"] = manifest
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def shells(app: Flask) -> dict[str, dict[str, str]]:
    """The pages around the fragments, by module and language; Forge's page takes their bodies."""
    found: dict[str, dict[str, str]] = {}
    for key, (path, render) in SHELLS.items():
        for lang in LANGUAGES:
            # The language is kept on `g`, and a command has one already.
            with app.app_context(), app.test_request_context(path, query_string={"lang": lang}):
                found.setdefault(key, {})[lang] = render()
    return found
