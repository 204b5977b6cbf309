"""Storage for failing cases."""

import pytest

from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.failing_cases import FailingCases

CASE = Case("list_things", "GET", "/things", (("sort", "a"),), None, "application/json", Expected.ACCEPTED)


def test_saved_cases_are_read_until_none_are_saved(tmp_path):
    store = FailingCases(tmp_path / "folder" / "cases.json")
    assert store.read() == ()
    store.save([CASE])
    assert store.read() == (CASE,)
    store.save([])
    assert store.read() == ()


@pytest.mark.parametrize("content", ["not json", "[[1, 2]]", '{"a": 1}'])
def test_file_of_another_version_is_ignored(tmp_path, content):
    (tmp_path / "cases.json").write_text(content, encoding="utf-8")
    assert FailingCases(tmp_path / "cases.json").read() == ()
