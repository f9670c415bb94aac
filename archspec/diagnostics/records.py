"""Diagnostics for programs: records for the JSON report, GitHub's annotations, and SARIF 2.1.0.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archspec.diagnostics.codes import CODES, severity_of
from archspec.diagnostics.edits import merged
from archspec.diagnostics.model import Diagnostic, Fix
from archspec.diagnostics.text import escape
from archspec.source import Span

Record = dict[str, Any]


def record(diagnostic: Diagnostic) -> Record:
    """One diagnostic of the report `archspec.report/1`."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "title": diagnostic.title,
        "message": diagnostic.message,
        "path": diagnostic.span.source.path,
        **_range(diagnostic.span),
        "layer": diagnostic.layer,
        "labels": [
            {
                "path": label.span.source.path,
                "line": label.span.line,
                "column": label.span.column,
                "message": label.message,
            }
            for label in diagnostic.labels
        ],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fix": _fix(diagnostic.fix),
    }


def _fix(fix: Fix | None) -> Record | None:
    """A fix as one range of one file, and what to put in its place. What was tried lies in the spec's own file."""
    if fix is None:
        return None
    span, replacement = merged(fix.edits)
    return {**_range(span), "replacement": replacement, "applicability": fix.applicability, "said": fix.said}


def _range(span: Span) -> Record:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def github(diagnostic: Diagnostic) -> str:
    """One workflow command, which GitHub shows beside the line."""
    span = diagnostic.span
    properties = {
        "file": span.source.path,
        "line": str(span.line),
        "col": str(span.column),
        "endLine": str(span.end_line),
        "endColumn": str(span.end_column),
        "title": f"{diagnostic.code} {diagnostic.title}",
    }
    where = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    said = [diagnostic.message, *diagnostic.notes, *([f"help: {diagnostic.help}"] if diagnostic.help else [])]
    body = "\n".join(escape(part) for part in said)
    return f"::{diagnostic.severity} {where}::{_data(body)}"


def github_failure(path: str, message: str) -> str:
    """The workflow command for a file that could not be checked."""
    return f"::error file={_property(path)}::{_data(message)}"


def github_notice(path: str, message: str) -> str:
    """The workflow command for what is no problem of a file and has to be known."""
    return f"::notice file={_property(path)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(diagnostics: Iterable[Diagnostic], version: str, failures: Iterable[tuple[str, str]] = (),
          ignored: Iterable[tuple[Diagnostic, str]] = ()) -> Record:  # fmt: skip
    """A SARIF log of one run. `failures` are files that could not be checked, `ignored` what the specs themselves ignore, each
    with the reason.
    """
    found, suppressed = list(diagnostics), list(ignored)
    codes = sorted({diagnostic.code for diagnostic in (*found, *(each for each, _ in suppressed))})
    rules = [
        {"id": code, "name": CODES[code].title, "shortDescription": {"text": CODES[code].title},
         "fullDescription": {"text": CODES[code].why}, "defaultConfiguration": {"level": severity_of(code)}}
        for code in codes
    ]  # fmt: skip
    driver = {"name": "archspec", "semanticVersion": version, "rules": rules}
    notifications = [
        {"level": "error", "message": {"text": message},
         "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}]}
        for path, message in failures
    ]  # fmt: skip
    invocation = {"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}
    results = [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in found]
    results += [
        {**_result(diagnostic, codes.index(diagnostic.code)), "suppressions": [_suppression(reason)]}
        for diagnostic, reason in suppressed
    ]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _result(diagnostic: Diagnostic, rule: int) -> Record:
    text = ". ".join([diagnostic.message, *diagnostic.notes, *([diagnostic.help] if diagnostic.help else [])])
    found: Record = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": text},
        "locations": [_location(diagnostic.span)],
    }
    if diagnostic.labels:
        found["relatedLocations"] = [
            {**_location(label.span), "message": {"text": label.message}} for label in diagnostic.labels
        ]
    if diagnostic.fix is not None:
        found["fixes"] = [_sarif_fix(diagnostic.fix)]
    return found


def _sarif_fix(fix: Fix) -> Record:
    """https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (3.55): each edit a replacement, in their order."""
    ordered = sorted(fix.edits, key=lambda edit: (edit.span.line, edit.span.column))
    replacements = [
        {"deletedRegion": _region(span), "insertedContent": {"text": text.replace("\n", span.source.end_of_line)}}
        for span, text in ordered
    ]
    location = {"uri": _uri(ordered[0].span.source.path)}
    return {
        "description": {"text": fix.said},
        "artifactChanges": [{"artifactLocation": location, "replacements": replacements}],
        "properties": {"applicability": fix.applicability},
    }


def _suppression(reason: str) -> Record:
    return {"kind": "inSource", "justification": reason} if reason else {"kind": "inSource"}


def _location(span: Span) -> Record:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.source.path)}, "region": _region(span)}}


def _region(span: Span) -> Record:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))
