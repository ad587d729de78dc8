"""Test suites as a JUnit file, which nearly every service for continuous integration shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.render.look import visible
from qspec.render.suites import totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from qspec.render.suites import Case, Suite


def render_junit(suites: Sequence[Suite]) -> str:
    """The suites as one XML document, in ASCII. Characters that XML forbids are replaced by ones that are seen.

    It follows `junit-10.xsd`, the schema of Jenkins' xUnit plug-in, which GitLab and others read, too.
    """
    import xml.etree.ElementTree as ET

    counts = {name: str(number) for name, number in totals(suites).items() if name != "skipped"}
    root = ET.Element("testsuites", {"name": "qspec", **counts})
    for suite in suites:
        _add_suite(root, suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="us-ascii").decode()}\n'


def _add_suite(root: Element, suite: Suite) -> None:
    from xml.etree.ElementTree import SubElement

    known = {"name": suite.name, "file": suite.path, "timestamp": suite.started.partition(".")[0]}
    attributes = {name: visible(value) for name, value in known.items() if value}
    counts = {name: str(number) for name, number in totals([suite]).items()}
    element = SubElement(root, "testsuite", {**attributes, **counts, **_time(suite.seconds)})
    if suite.properties:
        properties = SubElement(element, "properties")
        for name, value in suite.properties.items():
            SubElement(properties, "property", {"name": name, "value": visible(value)})
    for case in suite.cases:
        _add_case(element, case, suite)
    _add_text(element, "system-err", suite.said)


def _add_case(element: Element, case: Case, suite: Suite) -> None:
    from xml.etree.ElementTree import SubElement

    names = {"name": visible(case.name), "classname": visible(suite.name)}
    added = SubElement(element, "testcase", {**names, **_time(case.seconds)})
    for trouble in case.troubles:
        said = SubElement(added, trouble.word, {"type": trouble.rule, "message": _line(trouble.message)})
        said.text = _text((trouble.message, *trouble.lines))
    _add_text(added, "system-out", case.notes)


def _add_text(element: Element, name: str, lines: Sequence[str]) -> None:
    from xml.etree.ElementTree import SubElement

    if lines:
        SubElement(element, name).text = _text(lines)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(visible(row) for line in lines for row in line.splitlines())


def _line(text: str) -> str:
    return visible(" ".join(text.splitlines()))


def _time(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"time": f"{max(seconds, 0):.3f}"}
