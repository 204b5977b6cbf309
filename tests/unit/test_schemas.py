"""Errors of files are one sentence with the place and a remedy."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from lead_provider_conformance.model import UsageError
from lead_provider_conformance.resources import CACHE_VARIABLE
from lead_provider_conformance.schemas import problems, yaml_file

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("target", "sentences"),
    [
        ({}, ["`name` is missing at the top level; add it."]),
        ({"nam": "x"}, ["there is no key `nam` at the top level; did you mean `name`?"]),
        (
            {"name": "x", "rate": {"qqq": 1, "requests": 1, "per_seconds": 1}},
            ["there is no key `qqq` at `rate`; the keys here are address, pause_seconds, per_seconds, requests."],
        ),
        ({"name": "x", "versions": []}, ["`versions` is not valid: a list of 0 must have at least 1 items."]),
        ({"name": "x", "states": {"BAD": []}}, ["`states` is not valid: the key 'BAD' does not match ^[a-z]+"]),
        ({"name": "x", "waivers": [{}]}, ["`owner` is missing at `waivers[0]`; add it."]),
        ({"name": b"x"}, ["a value is not JSON: "]),
    ],
)
def test_error_has_place_and_remedy(target: object, sentences: list[str]) -> None:
    found = list(problems("target", target))

    assert [each.startswith(sentence) for each, sentence in zip(found, sentences, strict=False)] == [True], found


@pytest.mark.parametrize(
    "secret", [{"tokens": "s3cr3t"}, {"tokens": [{"s3cr3t": 1}]}, {"other_kind_token": ["s3cr3t"]}]
)
def test_error_of_secret_lacks_its_value(secret: dict[str, object]) -> None:
    (sentence,) = problems("target", {"name": "x", **secret})

    assert "s3cr3t" not in sentence
    assert "is not valid: it needs `type: " in sentence


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", r":3:1 is not YAML: the key 'a' is a duplicate; correct it\."),
        ("? [1, 2]\n: 3\n", r":1:3 is not YAML: a key is not a string; correct it\."),
        ("a: [${TOKEN}]\n", r":1:\d+ is not YAML: .*; put \$\{…\} between quotes\."),
    ],
)
def test_invalid_yaml_is_one_sentence_with_the_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=message):
        yaml_file.parsed(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\n\nversoins: [v3]\n", ":3: there is no key `versoins` at the top level; did you mean `versions`?"),
        ("name: a\nrate:\n  requests: 1\n  per_second: 1\n", ":4: there is no key `per_second` at `rate`; "),
        ("name: a\nwaivers:\n  - requirement: a/b\n", ":3: `owner` is missing at `waivers[0]`; add it."),
        ("name: a\nversions:\n- v3\n- v4\n", ":4: `versions[1]` is not valid: "),
        ("- one\n", ":1: the top level is not valid: "),
    ],
)
def test_error_against_the_schema_has_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        yaml_file.read(path, schema="target")

    assert str(caught.value).startswith(f"{path}{message}")


def test_yaml_keys_and_dates_are_strings() -> None:
    assert yaml_file.load("2024: 2024-09-01\nyes: true\n") == {"2024": "2024-09-01", "yes": True}


def test_yaml_merge_keys_work() -> None:
    assert yaml_file.load("a: &a {x: 1}\nb: {<<: *a, y: 2}\n") == {"a": {"x": 1}, "b": {"x": 1, "y": 2}}


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_own_file_is_parsed_once_for_all_runs(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = yaml_file.load_own("2024: [a, 1, 1.5, null]\n")
    monkeypatch.delattr(yaml_file, "load")

    assert yaml_file.load_own("2024: [a, 1, 1.5, null]\n") == first == {"2024": ["a", 1, 1.5, None]}


def test_damaged_cache_is_replaced(cache: Path) -> None:
    yaml_file.load_own("a: 1\n")
    (kept,) = (cache / "yaml").iterdir()
    kept.write_text('{"a":')

    assert yaml_file.load_own("a: 1\n") == {"a": 1}
    assert kept.read_text() == '{"a":1}'


def test_own_file_is_read_where_the_cache_cannot_be_written(cache: Path) -> None:
    cache.write_text("a file where the folder would be")

    assert yaml_file.load_own("a: 1\n") == {"a": 1}


def test_file_of_a_user_is_not_cached(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text((ROOT / "examples/client/provider-ecf.yaml").read_text())

    yaml_file.read(path, schema="profile")

    assert not cache.exists()


@pytest.mark.parametrize("folder", ["openapi", "suites"])
def test_every_own_file_is_the_same_in_json(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.yaml"):
        content = yaml_file.load(path.read_bytes())
        assert orjson.loads(orjson.dumps(content)) == content, path
