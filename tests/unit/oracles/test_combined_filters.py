"""Filters of which each leaves out records that the others include."""

from lead_provider_conformance.oracles.combined_filters import contradictory_cases, decisive_cases

FILTERS = {"cohort", "training_status", "updated_since"}


def changed(record, name, cohort, status, day):
    return record(name, cohort=cohort, training_status=status, updated_at=f"2024-01-{day:02}T12:00:00Z")


def included(cases, records):
    return [each["id"] for each in records if all(case.must_include(each) for case in cases)]


def test_each_filter_leaves_out_a_record(record):
    records = [
        changed(record, "old", "2023", "deferred", 1),
        changed(record, "new", "2023", "deferred", 9),
        changed(record, "other cohort", "2022", "deferred", 10),
        changed(record, "other status", "2023", "active", 11),
        changed(record, "latest", "2021", "withdrawn", 12),
    ]

    cases = decisive_cases(records, FILTERS)

    assert included(cases, records) == ["new"]
    for ignored in cases:
        others = [case for case in cases if case is not ignored]
        assert len(included(others, records)) == 2, str(ignored)


def test_field_that_tells_every_record_apart_is_left_out(record):
    records = [
        record("a", urn="1", cohort="2023", updated_at="2024-01-01T12:00:00Z"),
        record("b", urn="2", cohort="2023", updated_at="2024-01-02T12:00:00Z"),
        record("c", urn="3", cohort="2022", updated_at="2024-01-03T12:00:00Z"),
    ]

    cases = decisive_cases(records, {"urn", "cohort", "updated_since"})

    assert [case.name for case in cases] == ["cohort", "updated_since"]
    assert included(cases, records) == ["b"]


def test_only_record_is_included(record):
    records = [changed(record, "a", "2023", "active", 1)]

    cases = decisive_cases(records, FILTERS)

    assert len(cases) > 1
    assert included(cases, records) == ["a"]


def test_field_without_one_value_is_no_filter(record):
    [case] = decisive_cases([record("a", cohort=["2022", "2023"], updated_at="2024-01-01T12:00:00Z")], FILTERS)

    assert case.name == "updated_since"


def test_value_of_one_record_and_that_of_another_include_none(record):
    records = [
        record("a", urn="1", cohort="2023", updated_at="2024-01-01T12:00:00Z"),
        record("b", urn="2", cohort="2024", updated_at="2024-01-02T12:00:00Z"),
    ]

    cases = contradictory_cases(records, {"urn", "cohort", "updated_since"}, "urn")

    assert [case.query for case in cases] == [
        ("filter[urn]", "1"),
        ("filter[cohort]", "2024"),
        ("filter[updated_since]", "2000-01-01T00:00:00Z"),
    ]
    assert included(cases, records) == []
    for ignored in cases[:2]:
        assert included([case for case in cases if case is not ignored], records)


def test_value_of_a_record_is_combined_with_a_later_time(record):
    records = [record(name, urn=name, updated_at=f"2024-01-0{name}T12:00:00Z") for name in "12"]

    cases = contradictory_cases(records, {"urn", "updated_since"}, "urn")

    assert [case.query for case in cases] == [("filter[urn]", "1"), ("filter[updated_since]", "2024-01-01T12:00:02Z")]


def test_records_with_equal_values_have_no_contradiction(record):
    records = [record(name, urn="1", cohort="2023", updated_at="2024-01-01T12:00:00Z") for name in "ab"]

    assert contradictory_cases(records, {"urn", "cohort", "updated_since"}, "urn") == []
    assert contradictory_cases([], {"urn", "cohort"}, "urn") == []
