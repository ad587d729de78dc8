"""What others have written down about the formats that we write: see `schemas/README.md`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

SCHEMAS = Path(__file__).parent / "schemas"


@cache
def _junit():
    import xmlschema

    return xmlschema.XMLSchema10(str(SCHEMAS / "junit-10.xsd"))


@cache
def _sarif():
    from jsonschema import Draft4Validator, FormatChecker

    return Draft4Validator(
        json.loads((SCHEMAS / "sarif-2.1.0.json").read_text("utf-8")), format_checker=FormatChecker()
    )


def junit(text: str):
    """The root of a JUnit file that is valid."""
    from xml.etree import ElementTree as ET

    _junit().validate(text)
    return ET.fromstring(text)


def sarif(text: str):
    """The one run of a SARIF log that is valid."""
    log = json.loads(text)
    _sarif().validate(log)
    (run,) = log["runs"]
    return run
