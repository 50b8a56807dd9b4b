"""What our macros show on a customer's page in Confluence: storage XHTML without anything that marks a page as ours."""

from __future__ import annotations

import re

from models.register import Language, Words
from services.policy.canonical import canonical
from services.policy.markdown import escape

_CONTENTS = re.compile(r"<nav\b.*?</nav>\s*", re.DOTALL)
# Confluence keeps none of these; a link within the text leads to the public page instead.
_ATTRIBUTES = re.compile(r'\s(?:id|class|scope|data-label)="[^"]*"')
_CHOICES = (
    Words(
        "Vous décidez de ce que nous faisons de vos données : recevoir des nouvelles ou non, par quel moyen, et ne "
        "plus être contacté. Aucune raison n'est à donner.",
        "You decide what we do with your data: whether you receive news, by which means, and whether we contact you at "
        "all. There is no reason to give.",
    ),
    Words("Vos choix et comment les changer", "Your choices, and how to change them"),
    Words("Vos droits et comment les exercer", "Your rights, and how to exercise them"),
    Words("Voir, corriger ou effacer vos données", "See, correct or erase your data"),
    Words("Nous écrire", "Write to us"),
)


def policy_macro(html: str, version: str, language: Language, app_url: str) -> str:
    """The policy from its HTML fragment, which our own renderer made."""
    body = _ATTRIBUTES.sub("", _CONTENTS.sub("", html))
    page = f"{escape(app_url)}/policy/{language}"
    body = re.sub(r'href="(#[^"]*)"', rf'href="{page}\1"', body)
    body = re.sub(r'href="(/[^"]*)"', rf'href="{escape(app_url)}\1"', body)
    return _checked(f'<p><em><a href="{page}">{escape(version)}</a></em></p>\n{body}')


def choices_macro(language: Language, app_url: str, mail: str) -> str:
    """Where to see and change one's choices. No form: a macro is kept by the host and shown to everybody alike."""
    intro, choices, rights, ask, write = (words.in_(language) for words in _CHOICES)
    page = f"{escape(app_url)}/policy/{language}"
    links = (
        (f"{page}#choices", choices),
        (f"{page}#rights", rights),
        (f"{escape(app_url)}/privacy/request?lang={language}", ask),
        (f"mailto:{escape(mail)}", write),
    )
    items = "".join(f'<li><a href="{url}">{escape(text)}</a></li>' for url, text in links)
    return _checked(f"<p>{escape(intro)}</p><ul>{items}</ul>")


def _checked(storage: str) -> str:
    canonical(storage)
    return storage
