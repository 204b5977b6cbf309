"""JSON of ours is laid out as the standard library does it."""

import json
from typing import Any

import pytest
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.model import Level
from lead_provider_conformance.reports import ctrf, sarif, verdict_json
from lead_provider_conformance.reports.indented import indented_json


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": {}, "b": [], "c": [{}], "d": [[]]},
        {'é\n"': "\ud800 \u2028 </script>", "": None},
        [True, False, None, 0, -1, 1.5, 1e300, "", ["a", ("b", 3)]],
        {"level": Level.MUST, "in": [Level.MAY]},
        "text",
        7,
    ],
    ids=str,
)
def test_every_value(value: Any) -> None:
    assert indented_json(value) == json.dumps(value, indent=1)


@pytest.mark.parametrize("report", [verdict_json, sarif, ctrf], ids=lambda each: each.__name__.rpartition(".")[2])
@pytest.mark.parametrize("run", [conformant, troubled, hostile])
def test_every_report(report: Any, run: Any) -> None:
    content = report.to_mapping(run().verdict())

    assert indented_json(content) == json.dumps(content, indent=1)
