"""The HTTP Archive of a run is HAR 1.2."""

import json
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from tests.unit.journals import Run
from tests.unit.reports import client_journals
from tests.unit.samples import hostile, troubled

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.reports.har import write_har
from lead_provider_conformance.results.journal import read_journals

PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
SIZE = {"type": "integer", "minimum": -1}
MESSAGE = {"httpVersion": {"type": "string"}, "cookies": PAIRS, "headers": PAIRS, "headersSize": SIZE, "bodySize": SIZE}
ENTRY = {
    "type": "object",
    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
    "properties": {
        "startedDateTime": {"type": "string", "format": "date-time"},
        "time": {"type": "number", "minimum": 0},
        "cache": {"type": "object"},
        "timings": {
            "type": "object",
            "required": ["send", "wait", "receive"],
            "additionalProperties": {"type": "number", "minimum": -1},
        },
        "request": {
            "type": "object",
            "required": [*MESSAGE, "method", "url", "queryString"],
            "properties": {
                **MESSAGE,
                "method": {"type": "string"},
                "url": {"type": "string", "pattern": '^[^\\x00-\\x20<>"{}|\\\\^`]+$'},
                "queryString": PAIRS,
                "postData": {"type": "object", "required": ["mimeType", "text"]},
            },
        },
        "response": {
            "type": "object",
            "required": [*MESSAGE, "status", "statusText", "content", "redirectURL"],
            "properties": {
                **MESSAGE,
                "status": {"type": "integer"},
                "statusText": {"type": "string"},
                "redirectURL": {"type": "string"},
                "content": {
                    "type": "object",
                    "required": ["size", "mimeType"],
                    "properties": {"size": {"type": "integer"}, "mimeType": {"type": "string"}},
                },
            },
        },
        "connection": {"type": "string"},
    },
}
HAR = Draft202012Validator(
    {
        "type": "object",
        "required": ["log"],
        "properties": {
            "log": {
                "type": "object",
                "required": ["version", "creator", "entries"],
                "properties": {
                    "version": {"const": "1.2"},
                    "creator": {"type": "object", "required": ["name", "version"]},
                    "entries": {"type": "array", "items": ENTRY},
                },
            }
        },
    },
    validate_formats=True,
)
"""The fields of the HAR 1.2 specification that are used, with those that it demands."""


def archive(folder: Path) -> dict[str, Any]:
    """Write the archive of the journals in a folder and return its log."""
    write_har(read_journals(folder), folder / "run.har")
    content = json.loads((folder / "run.har").read_bytes())
    assert [error.message for error in HAR.iter_errors(content)] == []
    log: dict[str, Any] = content["log"]
    return log


def test_archive_of_session_has_bodies_and_situations(tmp_path: Path) -> None:
    entries = archive(client_journals.not_ready().write(tmp_path))["entries"]

    _, failing, lost, again = entries
    assert (failing["response"]["status"], failing["_situation"]) == (500, "server-error-on-page")
    assert failing["request"]["queryString"] == [{"name": "page[page]", "value": "2"}]
    assert (lost["response"]["status"], lost["_error"], lost["_situation"]) == (
        0,
        "reset by the sandbox",
        "lost-declaration",
    )
    assert json.loads(again["request"]["postData"]["text"])["data"]["attributes"]["evidence_held"] == 5
    assert again["response"]["statusText"] == HTTPStatus(422).phrase  # Python 3.13 has another
    assert "Already declared." in again["response"]["content"]["text"]
    assert again["connection"] == "1"


def test_archive_has_no_token(tmp_path: Path) -> None:
    entries = archive(client_journals.ready().write(tmp_path))["entries"]

    headers = [(each["name"], each["value"]) for entry in entries for each in entry["request"]["headers"]]
    assert {value for name, value in headers if name == "Authorization"} == {"Bearer $TOKEN"}


@pytest.mark.parametrize("run", [troubled(), hostile(), Run()])
def test_archive_of_server_is_valid(tmp_path: Path, run: Run) -> None:
    run.write(tmp_path)

    entries = archive(tmp_path)["entries"]

    starts = [datetime.fromisoformat(each["startedDateTime"]) for each in entries]
    assert starts == sorted(starts)
    assert len(entries) == len(read_journals(tmp_path).exchanges)
    assert not any("_situation" in each for each in entries)


def test_report_command_writes_the_archive(tmp_path: Path) -> None:
    client_journals.ready().write(tmp_path)

    assert main(["report", str(tmp_path), "--har", str(tmp_path / "session.har")]) == 0
    assert json.loads((tmp_path / "session.har").read_bytes())["log"]["version"] == "1.2"


def test_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client_journals.ready().write(tmp_path)

    assert main(["report", str(tmp_path), "--har", str(tmp_path / "missing" / "session.har")]) == 4
    assert "cannot be written" in capsys.readouterr().err
