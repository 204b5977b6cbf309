"""Bodies are laid out as received, and violations are marked."""

import json

import pytest

from lead_provider_conformance.reports.body import Fold, Line, lay_out


def texts(body: str, **options: object) -> list[str]:
    return [line.text if isinstance(line, Line) else f"({line.count})" for line in lay_out(body, {}, **options)]


def marked(body: str, pointer: str, **options: object) -> list[str]:
    lines = lay_out(body, {pointer: ["wrong"]}, **options)
    return [line.text.strip() for line in lines if isinstance(line, Line) and line.notes]


def test_json_is_indented_like_json_dumps() -> None:
    content = {"a": 1, "b": [], "c": {}, "d": [1, {"e": None, "f": "x\n\u00e9"}, [[]]], "g": -1.5e3}

    assert "\n".join(texts(json.dumps(content))) == json.dumps(content, indent=2)


def test_numbers_duplicates_and_escapes_are_unchanged() -> None:
    assert texts('{"a":1.0,"a":1E400,"b":"\\u00e9"}') == ["{", '  "a": 1.0,', '  "a": 1E400,', '  "b": "\\u00e9"', "}"]


def test_note_is_on_the_line_of_its_member() -> None:
    body = '{"data":[{"id":1},{"id":2,"attributes":{"co~h/ort":2023}}]}'

    assert marked(body, "/data/1/id") == ['"id": 2,']
    assert marked(body, "/data/1/attributes/co~0h~1ort") == ['"co~h/ort": 2023']
    assert marked(body, "/data/1/attributes") == ['"attributes": {']
    assert marked(body, "/data/0") == ["{"]


def test_note_of_missing_member_is_on_its_parent() -> None:
    assert marked('{"data":{"attributes":{"x":1}}}', "/data/attributes/cohort") == ['"attributes": {']


def test_line_has_its_indent() -> None:
    (line,) = [each for each in lay_out('{"a":{"b":1}}', {"/a/b": ["wrong"]}) if isinstance(each, Line) and each.notes]

    assert line.indent == "    "


def test_long_body_is_folded_around_its_notes() -> None:
    body = json.dumps({"data": [{"id": number, "x": {"y": number}} for number in range(500)]})
    lines = lay_out(body, {"/data/400/x/y": ["wrong"]})

    assert len(lines) < 60
    assert sum(isinstance(line, Fold) for line in lines) >= 2
    assert [line.notes for line in lines if isinstance(line, Line) and line.notes] == [("wrong",)]
    shown = sum(1 if isinstance(line, Line) else line.count for line in lines)
    assert shown == len(json.dumps(json.loads(body), indent=2).splitlines())


def test_fold_hides_at_least_three_lines() -> None:
    body = json.dumps({"data": [{"id": number, "x": {"y": number}} for number in range(60)]})
    folds = [
        line.count
        for place in range(60)
        for line in lay_out(body, {f"/data/{place}/x": ["wrong"], f"/data/{place}/id": ["wrong"]})
        if isinstance(line, Fold)
    ]

    assert min(folds) >= 3


def test_containers_of_a_noted_line_are_shown() -> None:
    body = json.dumps({"data": {"attributes": {f"m{number}": number for number in range(300)}}})
    lines = [
        line.text.strip() for line in lay_out(body, {"/data/attributes/m250": ["wrong"]}) if isinstance(line, Line)
    ]

    assert lines[:3] == ["{", '"data": {', '"attributes": {']
    assert '"m250": 250,' in lines


def test_item_of_a_noted_line_is_shown_even_if_it_begins_far_above() -> None:
    item = {"id": "7", **{f"m{number}": number for number in range(40)}, "wrong": 1}
    body = json.dumps({"data": [{"id": str(number)} for number in range(30)] + [item]})
    lines = lay_out(body, {"/data/30/wrong": ["wrong"]})

    assert "/data/30" in [line.pointer for line in lines if isinstance(line, Line)]


def test_cut_body_is_laid_out_to_its_end() -> None:
    assert texts('{"data":[{"id":1},{"na', cut=True) == [
        "{",
        '  "data": [',
        "    {",
        '      "id": 1',
        "    },",
        "    {",
        '      "na',
    ]
    assert texts('{"a":[', cut=True) == ["{", '  "a": [']
    assert marked('{"a":1,"b":"hel', "/b", cut=True) == ['"b": "hel']


@pytest.mark.parametrize("body", ["<html><p>no", "a,b\n1,2", "{not json", '[1] "x"', '{"a":1}}', "Error: [", ""])
def test_cut_body_that_is_not_json_is_unchanged(body: str) -> None:
    assert texts(body, cut=True) == body.splitlines()


def test_body_that_is_not_json_is_unchanged() -> None:
    for body in ('{"a" 1}', '{"a":1}}', "[1,2", "1 2", '{"a":1,"b":"hel', "<html>\n  <p>no</p>", "{1:2}", "[1}"):
        assert texts(body) == body.splitlines()
    assert texts("") == []


def test_invisible_characters_are_shown_as_code_points() -> None:
    assert texts('{"a":"\u202ex"}')[1] == '  "a": "⟨U+202E⟩x"'
    assert texts("<p>\x1b[31m") == ["<p>⟨U+001B⟩[31m"]


def test_long_lines_and_deep_nesting_are_limited() -> None:
    assert max(len(text) for text in texts(json.dumps({"a": "x" * 16_000}))) < 450
    assert max(len(text) for text in texts("[" * 16_000, cut=True)) <= 400
    assert max(len(text) for text in texts('{"a":' * 90 + "1" + "}" * 90)) < 100
