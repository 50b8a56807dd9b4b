"""The public pages of the policy: anyone may read them, with no cookie and no script. GET records nothing."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from handlers.parts import parts
from models.register import LANGUAGES, REGISTER, Language, Words
from services import policy

blueprint = Blueprint("policy", __name__)

WORDS: Mapping[str, Words] = {
    "draft": Words("Version 1 (en préparation)", "Version 1 (in preparation)"),
    "superseded": Words("Cette version n'est plus la dernière.", "This version is no longer the latest one."),
    "current": Words("Lire la version en vigueur", "Read the version in force"),
    "changes": Words("Versions et changements", "Versions and changes"),
    "no_changes": Words("Aucune version n'a encore été publiée.", "No version has been published yet."),
    "first": Words("Première version.", "First version."),
    "read": Words("Lire cette version", "Read this version"),
    "title": Words("Politique de confidentialité", "Privacy policy"),
    "by": Words("Publiée par", "Published by"),
    "hash": Words("Empreinte", "Hash"),
    "material": Words("Changement important", "Material change"),
    "what_changed": Words("Ce qui a changé", "What changed"),
    "before": Words("Avant", "Before"),
    "after": Words("Après", "After"),
}


@blueprint.get("/policy/<any(fr, en):lang>")
def page(lang: Language) -> Response:
    """The version in force; before the first one, the text as it stands, marked as being prepared."""
    p = parts()
    with p.database.read() as session:
        found = policy.in_force(session, p.clock())
        return _version(session, lang, found) if found else _draft(lang)


@blueprint.get("/policy/<any(fr, en):lang>/versions/<int:number>")
def version(lang: Language, number: int) -> Response:
    """One version as it was shown, for good."""
    with parts().database.read() as session:
        # A number too large for the column is no version either.
        found = policy.edition(session, number) if number < 2**31 else None
        return _version(session, lang, found or abort(404))


@blueprint.get("/policy/<any(fr, en):lang>/changes")
def changes(lang: Language) -> Response:
    """Every version with its date, and what each changed, clause by clause."""
    with parts().database.read() as session:
        editions = policy.editions(session)
        changed = {one.number: policy.changes(session, one.number - 1, one.number, lang) for one in editions}
    etag = f"{editions[0].digest}-changes-{editions[0].number}" if editions else "no-version"
    return _answer("public/policy_changes.html", lang, etag, editions=editions, changed=changed)


def _version(session: Session, lang: Language, found: policy.Edition) -> Response:
    text = policy.text_of(session, found.number, lang) or abort(404)
    newest = policy.in_force(session, parts().clock())
    superseded = newest is not None and newest.number > found.number
    etag = f"{found.digest}-{found.number}{'-old' if superseded else ''}"
    return _answer(
        "public/policy.html",
        lang,
        etag,
        document_title=text.title,
        version_line=found.words(lang),
        superseded=superseded,
        html=text.html,
        changed=policy.changes(session, found.number - 1, found.number, lang),
    )


def _draft(lang: Language) -> Response:
    settings = parts().settings
    current = policy.load(settings.policy_dir, REGISTER, settings.vendor)
    return _answer(
        "public/policy.html",
        lang,
        f"{current.digest}-draft",
        document_title=current.titles[lang],
        version_line=WORDS["draft"].in_(lang),
        superseded=False,
        html=policy.render(current, lang, "html"),
        changed=[],
    )


def _answer(template: str, lang: Language, etag: str, **values: object) -> Response:
    g.lang = lang
    addresses = {one: url_for(str(request.endpoint), **{**(request.view_args or {}), "lang": one}) for one in LANGUAGES}
    words = {name: text.in_(lang) for name, text in WORDS.items()}
    values |= {"lang": lang, "alternates": list(addresses.items()), "words": words}
    response = make_response(render_template(template, **values))
    response.headers["Content-Language"] = lang
    links = [f'<{url}>; rel="alternate"; hreflang="{one}"' for one, url in addresses.items()]
    response.headers["Link"] = ", ".join(links)
    response.cache_control.no_cache = True
    response.set_etag(etag)
    response.make_conditional(request)
    return response
