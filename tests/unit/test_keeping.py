"""What is kept is what would be made, and what keeps it never outlives what it was made from."""

from pathlib import Path

import pytest

from lead_provider_conformance import keeping, yaml_file
from lead_provider_conformance.resources import CACHE_VARIABLE, suites_root
from lead_provider_conformance.words import UsageError

REQUIREMENT = """- id: void/once
  level: MUST
  versions: [v3]
  programmes: [ecf]
  statement: A declaration is voided once.
  sources: ["a document"]
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of one's own."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_is_made_once(cache: Path) -> None:
    assert keeping.kept("one", lambda: {"a": [1, None, "ä"]}) == {"a": [1, None, "ä"]}
    assert keeping.kept("one", lambda: pytest.fail("it is there already")) == {"a": [1, None, "ä"]}
    assert [each.name for each in cache.iterdir()] == ["one.json"]


def test_what_fails_to_be_made_is_not_kept(cache: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        keeping.kept("one", lambda: 1 / 0)

    assert keeping.kept("one", lambda: 2) == 2


@pytest.mark.parametrize("file", sorted((suites_root() / "requirements").rglob("*.yaml")), ids=lambda each: each.stem)
def test_the_files_of_the_suite_are_kept_as_they_are(file: Path) -> None:
    schema = {"editions": "edition", "requirements": "requirements"}.get(file.parent.name)
    if schema is None:  # what was left out is read by tests alone
        return
    written = yaml_file.read(file, schema=schema)

    assert yaml_file.read_own(file, schema=schema) == written
    assert yaml_file.read_own(file, schema=schema) == written


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "void.yaml"
    file.write_text(REQUIREMENT, encoding="utf-8")
    assert yaml_file.read_own(file, schema="requirements")[0]["level"] == "MUST"

    file.write_text(REQUIREMENT.replace("MUST", "SHOULD"), encoding="utf-8")
    assert yaml_file.read_own(file, schema="requirements")[0]["level"] == "SHOULD"


def test_a_file_that_is_wrong_is_told_every_time(tmp_path: Path) -> None:
    file = tmp_path / "void.yaml"
    file.write_text(REQUIREMENT.replace("MUST", "PERHAPS"), encoding="utf-8")

    for _ in range(2):
        with pytest.raises(UsageError, match="PERHAPS"):
            yaml_file.read_own(file, schema="requirements")
    with pytest.raises(UsageError, match="cannot be read"):
        yaml_file.read_own(tmp_path / "gone.yaml", schema="requirements")
