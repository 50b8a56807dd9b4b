"""What JQL searches by is what the issue property holds."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

from services.support import index
from services.support.cases import PROPERTY_KEY

ROOT = Path(__file__).resolve().parents[2]


def test_each_extraction_is_a_field_of_the_index() -> None:
    descriptor = json.loads((ROOT / "atlassian-connect.json").read_text())
    (module,) = descriptor["modules"]["jiraEntityProperties"]
    (configured,) = module["keyConfigurations"]
    extractions = configured["extractions"]
    written = inspect.getsource(index.configuration_index)
    assert configured["propertyKey"] == PROPERTY_KEY
    assert {"product", "db", "java", "os"} <= {item["objectName"] for item in extractions}
    assert [item["objectName"] for item in extractions if f'"{item["objectName"]}":' not in written] == []
    # Aliases are global on a site (support.md 3).
    assert all(item["alias"].startswith("fairtrial") for item in extractions)
