"""The calendar has milestone windows, evidence and reasons."""

from datetime import date
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar, CalendarError, Evidence, MilestoneWindow
from lead_provider_conformance.model import UsageError
from lead_provider_conformance.resources import contract_root


@pytest.fixture
def calendar() -> Calendar:
    return Calendar.load()


def words(schema: str) -> set[str]:
    return set(Contract.load("v3").document["components"]["schemas"][schema]["enum"])


def test_calendar_has_cohorts_2020_to_2025(calendar):
    assert list(calendar.cohorts) == [2020, 2021, 2022, 2023, 2024, 2025]
    assert calendar.cohorts[2021].payments_frozen == date(2024, 4, 3)
    assert calendar.cohorts[2025].mentor_funding
    assert not calendar.cohorts[2024].detailed_evidence


def test_calendar_has_the_schedules_of_the_contract(calendar):
    assert set(calendar.schedules) == words("EcfSchedule") | words("NpqSchedule")


def test_schedules_have_the_courses_of_the_contract(calendar):
    courses = {course for schedule in calendar.schedules for course in calendar.courses(schedule)}

    assert courses == words("Course")
    assert calendar.courses("ecf-replacement-april") == ("ecf-mentor",)


@pytest.mark.parametrize("cohort", [2021, 2022, 2023, 2024, 2025])
def test_every_ecf_cohort_has_every_ecf_schedule(calendar, cohort):
    for schedule in words("EcfSchedule"):
        assert calendar.schedule(schedule, cohort).programme == "ecf"


def test_window_has_the_published_dates(calendar):
    assert calendar.window("ecf-standard-september", 2022, "started") == MilestoneWindow(
        "started", date(2022, 6, 1), date(2022, 12, 31)
    )


def test_published_dates_take_precedence_over_deployed_ones(calendar):
    assert calendar.window("ecf-standard-april", 2021, "started").start == date(2022, 2, 1)
    assert calendar.window("ecf-standard-january", 2021, "completed").end == date(2023, 10, 31)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 5, 31), False),
        (date(2022, 6, 1), True),
        (date(2022, 12, 31), True),
        (date(2023, 1, 1), False),
    ],
)
def test_window_is_open_from_first_to_last_day(calendar, day, expected):
    assert calendar.window("ecf-standard-september", 2022, "started").contains(day) is expected


def test_window_without_end_stays_open(calendar):
    window = calendar.window("npq-leadership-autumn", 2022, "completed")

    assert window.contains(date(2099, 1, 1))
    assert not window.contains(date(2022, 9, 30))


def test_declaration_types_are_in_order(calendar):
    assert calendar.declaration_types("npq-specialist-spring", 2022) == ("started", "retained-1", "completed")
    assert calendar.declaration_types("ecf-extended-april", 2023)[-3:] == ("extended-1", "extended-2", "extended-3")


def test_unknown_milestone_has_no_window(calendar):
    assert calendar.window("ecf-standard-september", 2022, "extended-1") is None
    assert calendar.windows("ecf-standard-september", 2020) == ()
    assert calendar.window("npq-aso-march", 2023, "started") is None


def test_windows_of_a_schedule_are_in_order(calendar):
    for schedule in calendar.schedules:
        for cohort in calendar.cohorts:
            starts = [window.start for window in calendar.windows(schedule, cohort)]
            assert starts == sorted(starts), (schedule, cohort)
            assert all(w.end is None or w.start <= w.end for w in calendar.windows(schedule, cohort))


@pytest.mark.parametrize(
    ("cohort", "course", "declaration_type", "edition", "count", "required"),
    [
        (2022, "ecf-induction", "started", "2024-12", 0, False),
        (2022, "ecf-induction", "retained-1", "2024-12", 3, True),
        (2022, "ecf-mentor", "completed", "2025-04", 3, True),
        (2025, "ecf-induction", "retained-1", "2024-12", 3, True),
        (2025, "ecf-induction", "started", "2025-04", 4, False),
        (2025, "ecf-induction", "retained-2", "2025-04", 2, True),
        (2025, "ecf-induction", "completed", "2025-04", 3, True),
        (2025, "ecf-mentor", "completed", "2025-04", 2, True),
        (2025, "ecf-mentor", "retained-1", "2025-04", 0, False),
        (2022, "npq-headship", "completed", "2024-12", 0, False),
    ],
)
def test_evidence_of_a_declaration(cohort, course, declaration_type, edition, count, required):
    evidence = Calendar.load(edition).evidence(cohort, course, declaration_type)

    assert (len(evidence.values), evidence.required) == (count, required)
    assert set(evidence.values) <= words("EcfEvidence")


def test_every_evidence_value_is_used(calendar):
    found = {
        value
        for cohort in calendar.cohorts
        for course in ("ecf-induction", "ecf-mentor")
        for declaration_type in words("DeclarationType")
        for edition in calendar.editions
        for value in Calendar.load(edition).evidence(cohort, course, declaration_type).values
    }
    assert found == words("EcfEvidence")


def test_reasons_are_those_of_the_contract(calendar):
    def reasons(action: str, programme: str) -> set[str]:
        return {r for edition in calendar.editions for r in Calendar.load(edition).reasons(action, programme, "v3")}

    assert reasons("defer", "ecf") == reasons("defer", "npq") == words("DeferReason")
    assert reasons("withdraw", "ecf") == words("EcfWithdrawReason")
    assert reasons("withdraw", "npq") == words("NpqWithdrawReason")


def test_reasons_depend_on_the_edition():
    assert "school-left-fip" in Calendar.load("2024-12").reasons("withdraw", "ecf", "v1")
    assert "school-left-fip" not in Calendar.load("2025-04").reasons("withdraw", "ecf", "v1")


def test_unknown_schedule_or_action_is_an_error(calendar):
    with pytest.raises(CalendarError, match="has no reasons for 'resume', only for defer, withdraw"):
        calendar.reasons("resume", "ecf", "v3")
    with pytest.raises(CalendarError, match="no schedule 'ecf-standard-june'"):
        calendar.courses("ecf-standard-june")


def broken(tmp_path: Path, old: str, new: str) -> str:
    text = (contract_root() / "calendar.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "calendar.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        Calendar.load(path=path)
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("started: 2021-09-01..2021-11-30", "started: 2021-09-01 to 2021-11-30", "2021-09-01 to 2021-11-30"),
        ("started: 2021-09-01..2021-11-30", "begun: 2021-09-01..2021-11-30", "begun"),
        ("started: 2021-09-01..2021-11-30", "started: 2021-02-30..2021-11-30", "2021-02-30"),
        ("started: 2021-09-01..2021-11-30", "started: 2021-12-01..2021-11-30", "2021-12-01..2021-11-30"),
        ("registration_start: 2020-05-10", "registration_begin: 2020-05-10", "registration_begin"),
        ("programme: ecf", "programme: ecv", "ecv"),
        ("editions: [2024-12, 2025-04]", "editions: [2024-12, 2025-04", "calendar.yaml:"),
    ],
)
def test_invalid_calendar_is_an_error(tmp_path, old, new, message):
    assert message in broken(tmp_path, old, new)


def test_missing_calendar_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        Calendar.load(path=tmp_path / "calendar.yaml")


def test_evidence_is_empty_by_default():
    assert Evidence() == Evidence((), False)
