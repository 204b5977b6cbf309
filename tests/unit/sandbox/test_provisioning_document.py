"""docs/provisioning.md shows every call of the control interface, with the fields of its bodies."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.control.records import STATES

DOCUMENT = (Path(__file__).parents[3] / "docs" / "provisioning.md").read_text(encoding="utf-8")
CALL = re.compile(r"^    (GET|POST|PUT) (\S+)$", re.MULTILINE)
BODY = re.compile(r"^    (\{(?:.|\n    )*?\})$", re.MULTILINE)
BODIES = [json.loads(each) for each in BODY.findall(DOCUMENT)]


def fields_of_responses_with(name: str) -> set[tuple[str, ...]]:
    """Return the fields of the bodies on the page that have a field `name`."""
    return {tuple(sorted(each)) for each in BODIES if name in each}


@pytest.fixture
def ask(api: Any) -> Any:
    calls = provisioning(api.sandbox)
    return lambda method, path, body=None: api.exchange(calls, method, path, json.dumps(body or {}).encode())


def test_page_shows_every_call(api: Any) -> None:
    shown = {(method, path) for method, path in CALL.findall(DOCUMENT)}

    routes = {each.path for each in provisioning(api.sandbox).routes}
    assert routes == {path for _, path in shown}


@pytest.mark.parametrize("state", ["ect.started", "application.pending"])
def test_body_of_a_created_record_has_the_fields_on_the_page(ask: Any, state: str) -> None:
    made = ask("POST", "/provisioning/records", {"state": state}).json

    assert tuple(sorted(made)) in fields_of_responses_with("declaration_ids")


def test_bodies_of_the_list_of_states_and_the_clock_have_the_fields_on_the_page(ask: Any) -> None:
    assert {tuple(sorted(ask("GET", "/provisioning").json))} == fields_of_responses_with("states")
    assert {tuple(ask("GET", "/provisioning/clock").json)} == fields_of_responses_with("now")


def test_table_has_every_state_of_the_sandbox() -> None:
    assert set(re.findall(r"^\| `([^`]+)` \|", DOCUMENT, re.MULTILINE)) == set(STATES)
