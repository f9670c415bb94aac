"""For GitLab, Jenkins and others that read tests: JUnit's XML, a case a spec, which fails where the check of it does.

https://docs.gitlab.com/ci/testing/unit_test_reports/, https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from archspec.commands.printing import Failure, Outcomes

if TYPE_CHECKING:
    from archspec.diagnostics.model import Diagnostic


def show(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """One suite of one run; what does not fail a spec stands in its case's output."""
    from xml.etree import ElementTree

    from archspec.diagnostics.model import first_told, has_errors

    suite = ElementTree.Element("testsuite", name="archspec", tests=str(len(outcomes.each)))
    failures = 0
    for outcome in outcomes.each:
        path = outcome.path if isinstance(outcome, Failure) else outcome.source.path
        case = ElementTree.SubElement(suite, "testcase", classname="archspec", name=_legal(path))
        if isinstance(outcome, Failure):
            ElementTree.SubElement(case, "error", message=_legal(outcome.message))
            continue
        told = first_told(outcome.diagnostics)
        if has_errors(told) or (options.strict and told):
            failures += 1
            ElementTree.SubElement(case, "failure", message=_legal(_first(told))).text = _text(told)
        elif told:
            ElementTree.SubElement(case, "system-out").text = _text(told)
    suite.set("failures", str(failures))
    suite.set("errors", str(len(outcomes.failures)))
    print('<?xml version="1.0" encoding="UTF-8"?>')
    print(ElementTree.tostring(suite, encoding="us-ascii").decode())  # what is no ASCII as a reference


def _first(told: list[Diagnostic]) -> str:
    """The first error, or the first warning where there is none."""
    found = min(told, key=lambda diagnostic: diagnostic.severity)
    return f"{found.code}: {found.message}"


def _text(told: list[Diagnostic]) -> str:
    from archspec.diagnostics.text import render

    return "\n".join(_legal(line) for line in render(told).split("\n"))


def _legal(text: str) -> str:
    """A line with no character that XML 1.0 cannot have, not even as a reference (https://www.w3.org/TR/xml/#charsets)."""
    from archspec.diagnostics.text import escape

    return re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", escape(text))
