"""Two languages. Messages in the source are English; `translations/fr.po` holds the French.

It is compiled in memory at start: there is no build step, and no compiled file that could be older than its source.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from flask import Flask, g, has_request_context, request, url_for

# The languages, first the default, with the locale that writes their dates and numbers.
LOCALES = {"en": Locale("en", "GB"), "fr": Locale("fr", "FR")}
LANGUAGES = tuple(LOCALES)
FOLDER = Path(__file__).resolve().parents[1] / "translations"
# Up to here a distance is told in days ("in 12 days"), because a day matters; beyond, in months and years.
DAYS_THAT_MATTER = 60


def gettext_noop(message: str) -> str:
    """Mark `message` for translation where it is written, to be translated where it is shown."""
    return message


NEAR_DAYS = {-1: gettext_noop("yesterday"), 0: gettext_noop("today"), 1: gettext_noop("tomorrow")}


@cache
def catalogue(lang: str) -> NullTranslations:
    """The messages of one language; the source itself where there is no file."""
    source = FOLDER / f"{lang}.po"
    if not source.exists():
        return NullTranslations()
    with source.open("rb") as lines:
        messages = read_po(lines, locale=lang, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def translate(lang: str, message: str) -> str:
    """`message` in `lang`, or as it stands where it has no translation."""
    # The empty message is the file's own header.
    return catalogue(lang).gettext(message) if message else ""


def language() -> str:
    """The reader's language: as the address says (its path or `?lang=`), else as the browser prefers, else English."""
    if not has_request_context():
        return LANGUAGES[0]
    if "lang" not in g:
        wanted = (request.view_args or {}).get("lang") or request.args.get("lang", "")
        g.lang = wanted if wanted in LANGUAGES else _preferred()
    return str(g.lang)


def _preferred() -> str:
    # The library's own match takes `en` for `fr-CA, en;q=0.5`, since it looks for exact tags first.
    tags = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((tag for tag in tags if tag in LANGUAGES), LANGUAGES[0])


def languages_here() -> Iterator[tuple[str, str]]:
    """Each language with the address of the page that is being answered in it."""
    if request.endpoint is None:
        return
    for lang in LANGUAGES:
        yield lang, url_for(request.endpoint, **{**(request.view_args or {}), "lang": lang})


def language_name(lang: str) -> str:
    """As its own speakers call it: `English`, `français`."""
    return str(LOCALES[lang].get_language_name(lang))


def as_day(value: date | str) -> date:
    """A day given as `date`, aware `datetime` or ISO text."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def long_date(value: date | str) -> str:
    """`4 December 2026`, `4 décembre 2026`."""
    return format_date(as_day(value), "long", LOCALES[language()])


def short_date(value: date | str) -> str:
    """`4 Dec 2026`, `4 déc. 2026`."""
    return format_date(as_day(value), "medium", LOCALES[language()])


def month(value: date | str) -> str:
    """`December 2026`, `décembre 2026`."""
    return format_date(as_day(value), "MMMM y", LOCALES[language()])


def distance(value: date | str, today: date) -> str:
    """How far a day is from today: `in 12 days`, `il y a 3 mois`."""
    delta = as_day(value) - today
    if delta.days in NEAR_DAYS:
        return translate(language(), NEAR_DAYS[delta.days])
    threshold = 999 if abs(delta.days) < DAYS_THAT_MATTER else 0.85
    return format_timedelta(delta, "day", threshold=threshold, add_direction=True, locale=LOCALES[language()])


def as_moment(value: datetime | str) -> datetime:
    """An instant given as aware `datetime` or ISO text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def ago(value: datetime | str, now: datetime) -> str:
    """How far an instant is from now: `5 minutes ago`, `il y a 2 heures`."""
    return format_timedelta(as_moment(value) - now, add_direction=True, locale=LOCALES[language()])


def long_moment(value: datetime | str) -> str:
    """`4 December 2026 at 09:00:00 UTC`, `4 décembre 2026 à 09:00:00 UTC`."""
    return format_datetime(as_moment(value), "long", locale=LOCALES[language()])


def number(value: float) -> str:
    """`12,345`, `12 345`."""
    return format_decimal(value, locale=LOCALES[language()])


def percent(hundredths: float) -> str:
    """`28%`, `28 %`."""
    return format_percent(hundredths / 100, locale=LOCALES[language()])


def init_app(app: Flask) -> None:
    """Give the templates their language: `_`, `gettext`, `ngettext`, and the filters for days and numbers."""
    environment: Any = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(
        lambda message: translate(language(), message),
        lambda one, many, count: catalogue(language()).ngettext(one, many, count),
        newstyle=True,
    )
    filters = {
        "long_date": long_date,
        "short_date": short_date,
        "month": month,
        "distance": distance,
        "ago": ago,
        "long_moment": long_moment,
        "number": number,
        "percent": percent,
        "language_name": language_name,
    }
    environment.filters.update(filters)
    environment.globals["languages_here"] = languages_here
