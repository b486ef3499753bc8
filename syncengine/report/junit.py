"""A run as JUnit XML, which every CI shows: a record that waits or failed is a failure, a guard that speaks an error."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from syncengine.report.text import summary
from syncengine.report.view import FieldLine, Row, View

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def make_junit(view: View) -> str:
    """Write a report: one test case for each record, one for each guard that speaks."""
    bad = [row for row in view.rows if _is_bad(row)]
    stops = [stop for stop in view.stops if not stop.allowed]
    counts = {"tests": len(view.rows) + len(stops), "failures": len(bad), "errors": len(stops)}
    suites = Element("testsuites", {name: str(number) for name, number in counts.items()})
    suite = SubElement(suites, "testsuite", {"name": _clean(summary(view)[0])} | dict(suites.attrib))
    for stop in stops:
        case = SubElement(
            suite, "testcase", {"classname": _clean(stop.entity or "plan"), "name": f"guard {stop.guard}"}
        )
        SubElement(case, "error", {"message": _clean(stop.message)})
    for row in view.rows:
        name = _clean(" ".join(part for part in (row.mark, row.title, row.ids) if part))
        case = SubElement(suite, "testcase", {"classname": _clean(row.entity), "name": name})
        told = "\n".join([*map(_field, row.fields), row.note])
        if _is_bad(row):
            SubElement(case, "failure", {"message": _clean(row.outcome or row.note or "waits")}).text = _clean(told)
        elif told.strip():
            SubElement(case, "system-out").text = _clean(told)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode")


def _field(line: FieldLine) -> str:
    before = f"{line.one} {'|' if line.mark else '→'} " if line.one else ""
    return f"{line.name}: {before}{line.two}   {line.why}"


def _is_bad(row: Row) -> bool:
    return row.failed or row.mark == "!" or any(line.mark for line in row.fields)


def _clean(text: str) -> str:
    """Without the characters that XML has no way to write."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
