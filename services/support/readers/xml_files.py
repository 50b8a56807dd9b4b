"""XML files of a support zip: application.xml of any product, *.cfg.xml, dbconfig.xml, server.xml.

All public parsers of application.xml trust element names of one version; here they are matched by normalised name, and
by the element around them where a name alone says too little (support.md 1.1).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from services.support import limits, names
from services.support.assembly import assemble, component
from services.support.fields import field_of, normalise
from services.support.findings import Component, Found, NotUnderstoodError, Reading
from services.support.markup import Element, Stream, elements
from services.support.measures import yes_or_no

_PLUGIN = ("plugin", "stppropertiespluginsplugin")
_PLUGIN_PREFIX = "stppropertiespluginsplugin"
# Names that Jira alone writes, in files too old to name their product.
_OF_JIRA = {"applicationservercontainer": "Jira", "databasejndiaddress": "Jira"}
_BY_USER = ("user", "utilisateur", "benutzer", "usuario", "utente", "ユーザー")


def read(stream: Stream, source: str) -> Reading:
    """What an XML file tells; the root element decides how it is read, never the file's name."""
    walk = elements(stream)
    first = next(walk, None)
    reader = _READERS.get(normalise(first.path[0])) if first else None
    if first is None or reader is None:
        raise NotUnderstoodError("unknown-xml")
    return reader(itertools.chain([first], walk), source)


def _application(walk: Iterable[Element], source: str) -> Reading:
    found: list[Found] = []
    plugins: list[Component] = []
    plugin: dict[str, str] = {}
    implied = None
    for element in walk:
        name, parent = normalise(element.name), normalise(element.path[-2]) if len(element.path) > 1 else ""
        if parent in _PLUGIN:
            plugin[name.removeprefix(_PLUGIN_PREFIX).removeprefix("plugin")] = element.text
        elif name in _PLUGIN:
            if len(plugins) < limits.MAX_COMPONENTS and (app := _plugin(plugin, f"{source}#{element.place}")):
                plugins.append(app)
            plugin = {}
        else:
            found += _values(element, name, parent)
            implied = implied or _implied_product(name) or _OF_JIRA.get(name)
    components, facts = assemble(found, source, implied)
    if not components and not plugins:
        raise NotUnderstoodError("unknown-xml")
    return Reading("parsed", "application-xml", components=components + plugins, facts=facts)


def _values(element: Element, name: str, parent: str) -> Iterator[Found]:
    for attribute, value in element.attributes.items():
        if field := field_of(f"{name}@{attribute}"):
            yield Found(field, value, f"{element.place}@{attribute}")
    if name == "clustered" and any("licen" in step.lower() for step in element.path):
        # The licence allows a cluster: that is Data Center, on one node or many.
        if yes_or_no(element.text):
            yield Found("deployment", "datacenter", element.place)
    elif element.text and (field := _field_in_context(element, name, parent)):
        yield Found(field, element.text, element.place)


def _field_in_context(element: Element, name: str, parent: str) -> str | None:
    if name in ("version", "name"):
        if "database" in parent:
            return f"database.{name}"
        # <git><version> and the like are versions of something else.
        of_product = len(element.path) == 2 or parent == "systeminformation" or _implied_product(parent)
        return "version" if name == "version" and of_product else None
    return field_of(element.name)


def _implied_product(name: str) -> str | None:
    """`confluence-information` says which product wrote the file."""
    known = names.classify(name.removesuffix("information"), "product") if name.endswith("information") else None
    return known.name if known else None


def _plugin(values: dict[str, str], place: str) -> Component | None:
    key, name = values.get("key", ""), values.get("name", "")
    if not key and not name:
        return None
    told = [key, values.get("version", ""), values.get("status", ""), values.get("bundled", "")]
    raw = " ".join(filter(None, told))
    return component("plugin", name or key, values.get("version"), raw, place, bundled=_is_bundled(values))


def _is_bundled(values: dict[str, str]) -> bool:
    # `bundled` is a text in the administrator's language; files of old products say `user-installed` or nothing.
    if told := values.get("bundled", "").strip().lower():
        return told not in ("false", "no") and not any(word in told for word in _BY_USER)
    if "userinstalled" in values:
        return not yes_or_no(values["userinstalled"])
    return values.get("key", "").startswith("com.atlassian.")


_PROPERTIES = {
    "hibernate.connection.url": "database.url",
    "hibernate.connection.driver_class": "database.driver",
    "hibernate.connection.datasource": "database.url",
    "hibernate.dialect": "database.type",
    "confluence.cluster": "clustered",
}


def _product_configuration(walk: Iterable[Element], source: str) -> Reading:
    """confluence.cfg.xml, bamboo.cfg.xml, crowd.cfg.xml: `<property name="…">` by an exact list of names."""
    found, root = [], ""
    for element in walk:
        root = normalise(element.path[0])
        name = element.attributes.get("name", "")
        if normalise(element.name) == "property" and name in _PROPERTIES:
            found.append(Found(_PROPERTIES[name], element.text, f"property[{name}]"))
        elif normalise(element.name) == "buildnumber":
            found.append(Found("build", f"build {element.text}", element.place))
    product = "Confluence" if root == "confluenceconfiguration" else None
    components, facts = assemble(found, source, product)
    return Reading("parsed", "confluence-cfg-xml" if product else "cfg-xml", components=components, facts=facts)


_DATABASE_CONFIGURATION = {"databasetype": "database.type", "url": "database.url", "driverclass": "database.driver"}


def _database_configuration(walk: Iterable[Element], source: str) -> Reading:
    """dbconfig.xml of Jira. Its password stands in clear: nothing but these three elements is looked at."""
    found = [
        Found(field, element.text, element.place)
        for element in walk
        if (field := _DATABASE_CONFIGURATION.get(normalise(element.name)))
    ]
    components, facts = assemble(found, source, "Jira")
    return Reading("parsed", "dbconfig-xml", components=components, facts=facts)


def _tomcat(walk: Iterable[Element], source: str) -> Reading:
    """server.xml of Tomcat, which tells no version."""
    connectors = [element for element in walk if element.name == "Connector"]
    if not connectors:
        raise NotUnderstoodError("unknown-xml")
    raw = " ".join(connectors[0].attributes.get(name, "") for name in ("protocol", "className")).strip() or "Connector"
    server = component("app_server", "Apache Tomcat", None, raw, f"{source}#{connectors[0].place}")
    return Reading("parsed", "server-xml", components=[server])


def _bill_of_materials(walk: Iterable[Element], source: str) -> Reading:
    """CycloneDX in XML. A component ends after its own children, so the values of the innermost one come first."""
    found: list[Component] = []
    told: dict[int, dict[str, str]] = {}
    for element in walk:
        depth = len(element.path)
        if element.name == "component":
            values = told.pop(depth, {})
            if (name := values.get("name")) and len(found) < limits.MAX_COMPONENTS:
                version = values.get("version")
                raw = values.get("purl") or f"{name} {version or ''}"
                kind = "os" if element.attributes.get("type") == "operating-system" else "plugin"
                found.append(component(kind, name, version, raw, f"{source}#{element.place}[{len(found)}]"))
        elif depth > 1 and element.path[-2] == "component":
            told.setdefault(depth - 1, {})[element.name] = element.text
    return Reading("parsed", "cyclonedx", components=found)


_READERS: dict[str, Callable[[Iterable[Element], str], Reading]] = {
    "properties": _application,
    "confluenceconfiguration": _product_configuration,
    "applicationconfiguration": _product_configuration,
    "bambooconfiguration": _product_configuration,
    "jiradatabaseconfig": _database_configuration,
    "server": _tomcat,
    "bom": _bill_of_materials,
}
