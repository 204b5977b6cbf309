"""The value of a request at the place that a violation names."""

from __future__ import annotations

import json

import pytest

from lead_provider_conformance.http.carried import carried

QUERY = [("filter[cohort]", "2021,x"), ("sort", "a"), ("sort", "b")]
BODY = json.dumps({"data": {"attributes": {"a/b": "slash", "list": ["x", None], "object": {}}}}).encode()


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("query:filter[cohort]", ("2021,x",)),
        ("query:sort", ("a", "b")),
        ("query:page[page]", ()),
        ("/data/attributes/a~1b", ("slash",)),
        ("/data/attributes/list/0", ("x",)),
        ("/data/attributes/list/1", (None,)),
        ("/data/attributes/list", ()),
        ("/data/attributes/object", ()),
        ("", ()),
    ],
)
def test_a_place_and_what_stands_there(where: str, values: tuple[object, ...]) -> None:
    assert carried(where, QUERY, BODY) == values


def test_a_request_without_a_body_carries_nothing_in_it() -> None:
    assert carried("/data", (), None) == ()


def test_of_a_body_that_is_not_json_there_is_no_place() -> None:
    assert carried("", (), b'{"data":') == ()
