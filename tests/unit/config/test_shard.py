"""Every test and every record belongs to exactly one shard."""

import pytest

from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.model import UsageError
from lead_provider_conformance.testdata.claims import Claims

NAMES = [f"suites/test.py::test_{number}" for number in range(200)]


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_name_is_in_exactly_one_shard(count):
    shards = [Shard.parse(f"{number}/{count}") for number in range(1, count + 1)]
    assert [sum(shard.has(name) for shard in shards) for name in NAMES] == [1] * len(NAMES)
    assert all(any(shard.has(name) for name in NAMES) for shard in shards)


def test_whole_run_has_every_name():
    assert all(WHOLE.has(name) for name in NAMES)


@pytest.mark.parametrize("text", ["0/2", "1", "1/0", "a/b", "1/2/3", "-1/2", ""])
def test_other_text_is_refused(text):
    with pytest.raises(UsageError):
        Shard.parse(text)


def test_part_beyond_the_number_of_parts_is_refused():
    with pytest.raises(UsageError, match=r"--shard 5/4: the part must be between 1 and 4\."):
        Shard.parse("5/4")


def test_two_shards_never_claim_the_same_record(tmp_path):
    one, two = (Claims(tmp_path / str(number), Shard(number, 2)) for number in (1, 2))
    taken = [(one.take(name[-3:]), two.take(name[-3:])) for name in NAMES[100:]]
    assert all(sum(each) == 1 for each in taken)


def test_application_belongs_to_the_shard_of_its_applicant(tmp_path):
    one, two = (Claims(tmp_path / str(number), Shard(number, 2)) for number in (1, 2))
    for name in NAMES:
        applications = [f"{name}-{number}" for number in range(3)]
        own, other = (one, two) if one.is_free(name) else (two, one)
        assert not any(other.is_free(each, name) or other.take(each, name) for each in applications)
        assert all(own.is_free(each, name) and own.take(each, name) for each in applications)
