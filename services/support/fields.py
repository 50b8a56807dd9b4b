"""Names under which a fact is written: elements of application.xml, labels of System Info pages, keys of start-up logs.

Names vary by product, version, language and even by missing translation, so all are compared in a normalised form
(support.md 1.1, 1.2): lower case, no accents, no spaces, dashes, dots or underscores.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s\-._'’/()*]+")
# Keys that have no translation reach us with the key's own prefix.
_PREFIXES = ("stpproperties", "stpproperty", "adminsysteminfo", "adminsystemproperties", "systeminfo", "commonconcepts")

FIELDS: dict[str, tuple[str, ...]] = {
    "product.name": ("product@name", "productname", "applicationname"),
    "product.version": (
        "product@version",
        "systemversion",
        "applicationversion",
        "productversion",
        "jiraversion",
        "confluenceversion",
        "bitbucketversion",
    ),
    "jira.build": ("jirabuild",),
    "version": ("version",),
    "build": ("buildnumber", "buildversion", "build#", "numerodebuild", "numerodeconstruction", "buildnummer"),
    "base.url": ("baseurl", "jirabaseurl", "confluencebaseurl", "serverbaseurl", "urldebase"),
    "database.name": ("databasename", "databaseproductname"),
    "database.type": (
        "databasetype",
        "entitymodelfieldtypename",
        "databasedialect",
        "dialect",
        "hibernatedialect",
        "typedebasededonnees",
        "datenbanktyp",
        "tipodebasededatos",
    ),
    "database.version": (
        "databaseversion",
        "databaseproductversion",
        "versiondelabasededonnees",
        "versiondebasededonnees",
        "datenbankversion",
        "versiondelabasededatos",
    ),
    "database.driver": (
        "databasedriver",
        "databasedrivername",
        "drivername",
        "jdbcdriver",
        "pilotedelabasededonnees",
        "pilotedebasededonnees",
        "datenbanktreiber",
        "controladordelabasededatos",
    ),
    "database.url": ("databaseurl", "connectionurl", "jdbcurl", "databasejndiaddress", "hibernateconnectionurl"),
    "java.version": ("javaversion", "javaruntimeversion", "versionjava", "versiondejava", "javaversionsnummer"),
    "java.implementation": (
        "jvmimplementationversion",
        "javavmversion",
        "versiondelimplementationjvm",
        "versiondelimplementationdelajvm",
        "jvmimplementierungsversion",
        "versiondelaimplementaciondejvm",
    ),
    "java.specification": ("jvmversion", "versionjvm", "versiondelajvm", "javavmspecificationversion"),
    "java.name": ("javaruntime", "javaruntimename", "javavm", "javavmname", "machinevirtuellejava"),
    "java.vendor": ("javavendor", "javavmvendor", "jvmvendor", "fournisseurjava", "fournisseurdejava"),
    "os": ("operatingsystem", "systemedexploitation", "betriebssystem", "sistemaoperativo", "sistemaoperacional"),
    "os.name": ("osname",),
    "os.version": ("osversion",),
    "os.distribution": ("linuxdistribution", "osdistribution", "distribution"),
    "os.architecture": (
        "osarchitecture",
        "osarch",
        "architecture",
        "operatingsystemarchitecture",
        "architecturedusystemedexploitation",
        "betriebssystemarchitektur",
        "architectureos",
    ),
    "app_server": (
        "applicationserver",
        "applicationservercontainer",
        "appserver",
        "serverversionname",
        "serveurdapplication",
        "serveurdapplications",
        "conteneurdeserveurdapplication",
        "conteneurdeserveurdapplications",
        "conteneurduserveurdapplications",
        "anwendungsservercontainer",
        "contenedordelservidordeaplicaciones",
    ),
    "app_server.number": ("serverversionnumber",),
    "memory.bytes": ("totalphysicalmemory", "memoirephysiquetotale", "gesamterphysischerspeicher"),
    "cpu": ("availableprocessors", "processeursdisponibles", "verfugbareprozessoren"),
    "clustered": ("clustered", "clusterise", "engrappe", "encluster", "geclustert"),
    "node": ("jiranodeid", "clusternodeid", "nodeid"),
}

_BY_LABEL = {label: name for name, labels in FIELDS.items() for label in labels}


@lru_cache(maxsize=4096)
def normalise(label: str) -> str:
    """`os-name`, `OS Name` and `os.name` are one name."""
    text = label[:200].lower()
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _SEPARATORS.sub("", text)


@lru_cache(maxsize=4096)
def field_of(label: str) -> str | None:
    """The field that a label or an element name stands for, or None."""
    name = normalise(label)
    for prefix in _PREFIXES:
        if name not in _BY_LABEL and name.startswith(prefix):
            name = name.removeprefix(prefix)
    return _BY_LABEL.get(name)
