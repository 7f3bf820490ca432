"""docs/openapi.json is the document we serve, and a valid one."""

import json
from pathlib import Path

from openapi_spec_validator import validate

from crisislink.web.openapi import document

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_document_is_valid_openapi() -> None:
    validate(document())


def test_the_file_is_up_to_date() -> None:
    assert json.loads(FILE.read_text()) == document(), "run: make docs"
