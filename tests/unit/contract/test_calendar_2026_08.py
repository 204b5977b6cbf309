"""The calendar of edition 2026-08: cohorts, windows, evidence and reasons of the two services."""

import itertools
from datetime import date, timedelta

import pytest

from lead_provider_conformance.contract.calendar import Calendar, CalendarError, MilestoneWindow
from lead_provider_conformance.resources import contract_root

EDITION = "2026-08"
ECF_COHORTS = (2021, 2022, 2023, 2024, 2025, 2026)
FROM_STARTED_TO_COMPLETED = ("started", "retained-1", "retained-2", "retained-3", "retained-4", "completed")
EXTENDED = ("extended-1", "extended-2", "extended-3")
ENGAGEMENT = ("75-percent-engagement-met", "75-percent-engagement-met-reduced-induction")
MATERIALS = ("training-event-attended", "self-study-material-completed", "materials-engaged-with-offline", "other")


@pytest.fixture
def calendar() -> Calendar:
    return Calendar.load(EDITION)


def test_calendar_has_cohorts_2020_to_2026(calendar):
    assert list(calendar.cohorts) == [2020, *ECF_COHORTS]


def test_cohorts_from_2023_on_are_open(calendar):
    assert [year for year, each in calendar.cohorts.items() if not each.closed] == [2023, 2024, 2025, 2026]


def test_payments_are_frozen_for_2021_and_2022(calendar):
    assert {year: each.payments_frozen for year, each in calendar.cohorts.items() if each.payments_frozen} == {
        2021: date(2024, 6, 18),
        2022: date(2025, 6, 16),
    }


def test_mentor_funding_and_detailed_evidence_begin_with_2025(calendar):
    for year, each in calendar.cohorts.items():
        assert each.mentor_funding is each.detailed_evidence is (year >= 2025), year


def test_registration_for_2026_opens_in_june(calendar):
    assert calendar.cohorts[2026].registration_start == date(2026, 6, 15)


def test_npq_cohorts_have_a_letter_and_a_funding(calendar):
    assert {year: each.suffixes for year, each in calendar.cohorts.items()} == {
        2020: {},
        2021: {"a": "full"},
        2022: {"a": "full"},
        2023: {"a": "full"},
        2024: {"a": "capped"},
        2025: {"a": "capped", "b": "capped"},
        2026: {"a": "zero", "b": "capped"},
    }


@pytest.mark.parametrize("kind", ["standard", "extended", "reduced", "replacement"])
@pytest.mark.parametrize("month", ["september", "january", "april"])
@pytest.mark.parametrize("cohort", ECF_COHORTS)
def test_every_ecf_cohort_has_all_twelve_schedules(calendar, cohort, kind, month):
    types = calendar.declaration_types(f"ecf-{kind}-{month}", cohort)

    assert types == FROM_STARTED_TO_COMPLETED + (EXTENDED if kind == "extended" else ())


@pytest.mark.parametrize("kind", ["extended", "reduced", "replacement"])
@pytest.mark.parametrize("cohort", ECF_COHORTS)
def test_schedules_other_than_standard_open_in_their_month_and_never_close(calendar, cohort, kind):
    first_days = {"september": date(cohort, 9, 1), "january": date(cohort + 1, 1, 1), "april": date(cohort + 1, 4, 1)}
    for month, first_day in first_days.items():
        windows = calendar.windows(f"ecf-{kind}-{month}", cohort)
        assert {(each.start, each.end) for each in windows} == {(first_day, None)}, month


@pytest.mark.parametrize("cohort", [2025, 2026])
def test_standard_schedules_since_2025_open_once_and_never_close(calendar, cohort):
    first_days = {"september": date(cohort, 6, 1), "january": date(cohort + 1, 1, 1), "april": date(cohort + 1, 4, 1)}
    for month, first_day in first_days.items():
        windows = calendar.windows(f"ecf-standard-{month}", cohort)
        assert {(each.start, each.end) for each in windows} == {(first_day, None)}, month


@pytest.mark.parametrize("cohort", [2022, 2023, 2024])
def test_standard_milestones_of_2022_to_2024_share_the_same_terms(calendar, cohort):
    """The milestones of January are those of September one term later, and so are those of April."""
    ends = [
        date(cohort, 12, 31),
        *(
            date(cohort + years, month, 31)
            for years, month in ((1, 3), (1, 7), (1, 12), (2, 3), (2, 7), (2, 12), (3, 3))
        ),
    ]
    starts = [date(cohort, 6, 1), *(each + timedelta(days=1) for each in ends)]
    terms = list(zip(starts, ends, strict=False))
    for later, month in enumerate(("september", "january", "april")):
        windows = calendar.windows(f"ecf-standard-{month}", cohort)
        assert [(each.start, each.end) for each in windows] == terms[later : later + 6], month


STANDARD_2021 = {
    "september": "2021-09-01..2021-11-30 2021-09-01..2022-01-31 2022-02-01..2022-04-30 2022-05-01..2022-09-30"
    " 2022-10-01..2023-01-31 2023-02-01..2023-04-30",
    "january": "2021-12-01..2022-01-31 2022-02-01..2022-04-30 2022-05-01..2022-09-30 2022-10-01..2023-01-31"
    " 2023-02-01..2023-04-30 2023-05-01..2023-09-30",
    "april": "2022-02-01..2022-05-31 2022-05-01..2022-09-30 2022-10-01..2023-01-31 2023-02-01..2023-04-30"
    " 2023-05-01..2023-09-30 2023-10-01..2024-01-31",
}


@pytest.mark.parametrize("month", STANDARD_2021)
def test_standard_milestones_of_2021_have_dates_of_their_own(calendar, month):
    windows = calendar.windows(f"ecf-standard-{month}", 2021)

    assert " ".join(f"{each.start}..{each.end}" for each in windows) == STANDARD_2021[month]


def test_ecf_windows_are_not_disputed(calendar):
    for schedule, cohort in itertools.product(calendar.schedules, ECF_COHORTS):
        if schedule.startswith("ecf-"):
            assert all(each.earliest_start == each.start for each in calendar.windows(schedule, cohort))


def test_reduced_schedules_are_for_ects_and_replacement_schedules_for_mentors(calendar):
    for month in ("september", "january", "april"):
        assert calendar.courses(f"ecf-reduced-{month}") == ("ecf-induction",)
        assert calendar.courses(f"ecf-replacement-{month}") == ("ecf-mentor",)


NPQ_FIRST_DAYS = {
    ("npq-leadership-autumn", 2022, None): "2022-10-01",
    ("npq-leadership-spring", 2022, None): "2023-01-01",
    ("npq-leadership-autumn", 2023, None): "2023-10-01",
    ("npq-leadership-spring", 2023, None): "2024-01-01",
    ("npq-leadership-autumn", 2024, "a"): "2024-10-01",
    ("npq-leadership-autumn", 2025, "a"): "2025-08-01/2025-10-01",
    ("npq-leadership-autumn", 2025, "b"): "2025-08-01/2025-10-01",
    ("npq-leadership-spring", 2025, "a"): "2025-02-01/2026-01-01",
    ("npq-leadership-autumn", 2026, "b"): "2026-01-01/2026-10-01",
    ("npq-leadership-spring", 2026, "a"): "2026-01-01/2027-01-01",
    ("npq-ehco-november", 2023, None): "2023-10-01/2023-11-01",
    ("npq-ehco-december", 2023, None): "2023-10-01/2023-12-01",
    ("npq-ehco-march", 2025, None): "2025-02-01/2026-03-01",
    ("npq-ehco-june", 2025, None): "2025-02-01/2026-06-01",
    ("npq-aso-december", 2021, "a"): "2021-12-01",
}


@pytest.mark.parametrize(("schedule", "cohort", "suffix"), NPQ_FIRST_DAYS)
def test_npq_schedules_have_a_first_day_and_never_close(calendar, schedule, cohort, suffix):
    earliest, _, first = NPQ_FIRST_DAYS[schedule, cohort, suffix].rpartition("/")

    for window in calendar.windows(schedule, cohort, suffix):
        assert window == MilestoneWindow(
            window.declaration_type,
            date.fromisoformat(first),
            None,
            disputed_from=date.fromisoformat(earliest) if earliest else None,
        )


@pytest.mark.parametrize("season", ["autumn", "spring"])
def test_specialist_schedules_open_with_leadership_schedules(calendar, season):
    for cohort, suffix in itertools.product(ECF_COHORTS, (None, "a", "b")):
        leadership, specialist = (
            {(each.start, each.end, each.disputed_from) for each in calendar.windows(schedule, cohort, suffix)}
            for schedule in (f"npq-leadership-{season}", f"npq-specialist-{season}")
        )
        assert leadership == specialist, (cohort, suffix)


@pytest.mark.parametrize("month", ["november", "december", "march", "june"])
def test_coaching_schedules_of_2024_are_left_out(calendar, month):
    assert calendar.schedule(f"npq-ehco-{month}", 2024) is None


@pytest.mark.parametrize("kind", ["leadership", "specialist"])
def test_spring_of_2024_is_left_out(calendar, kind):
    assert calendar.schedule(f"npq-{kind}-spring", 2024, "a") is None


def test_spring_of_2026_belongs_to_2026a_and_autumn_to_2026b(calendar):
    assert calendar.schedule("npq-leadership-spring", 2026, "b") is None
    assert calendar.schedule("npq-leadership-autumn", 2026, "a") is None


def test_year_without_a_suffix_means_its_last_cohort_with_the_schedule(calendar):
    assert calendar.schedule("npq-leadership-autumn", 2026).suffix == "b"
    assert calendar.schedule("npq-leadership-spring", 2026).suffix == "a"
    assert calendar.schedule("npq-leadership-spring", 2025).suffix is None


@pytest.mark.parametrize(
    ("course", "declaration_type", "values"),
    [
        *(
            ("ecf-induction", each, MATERIALS)
            for each in ("started", "retained-1", "retained-3", "retained-4", *EXTENDED)
        ),
        ("ecf-induction", "retained-2", ENGAGEMENT),
        ("ecf-induction", "completed", (*ENGAGEMENT, "one-term-induction")),
        ("ecf-mentor", "started", MATERIALS),
        ("ecf-mentor", "completed", ENGAGEMENT),
        ("ecf-mentor", "retained-1", ()),
    ],
)
@pytest.mark.parametrize("cohort", [2025, 2026])
def test_evidence_since_2025(calendar, cohort, course, declaration_type, values):
    assert calendar.evidence(cohort, course, declaration_type).values == values


def test_start_of_an_ect_requires_evidence_since_2025(calendar):
    required = [year for year in calendar.cohorts if calendar.evidence(year, "ecf-induction", "started").required]

    assert required == [2025, 2026]


def test_start_of_a_mentor_requires_no_evidence_because_sources_disagree(calendar):
    assert not calendar.evidence(2025, "ecf-mentor", "started").required


@pytest.mark.parametrize("course", ["ecf-induction", "ecf-mentor"])
@pytest.mark.parametrize("declaration_type", ["retained-1", "retained-2", "retained-3", "retained-4", "completed"])
def test_evidence_before_2025_is_the_same_for_all_but_the_start(calendar, course, declaration_type):
    for cohort in (2021, 2022, 2023, 2024):
        evidence = calendar.evidence(cohort, course, declaration_type)
        assert evidence.values == ("training-event-attended", "self-study-material-completed", "other")
        assert evidence.required
        assert calendar.evidence(cohort, course, "started").values == ()


def test_only_mentors_can_stop_being_a_mentor(calendar):
    def reasons(course: str | None) -> set[str]:
        return set(calendar.reasons("withdraw", "ecf", "v3", course))

    assert reasons("ecf-mentor") - reasons("ecf-induction") == {"mentor-no-longer-being-mentor"}
    assert reasons("ecf-mentor") == reasons(None)
    assert reasons("ecf-induction") == {
        "left-teaching-profession",
        "moved-school",
        "switched-to-school-led",
        "changed-lead-provider",
        "other",
    }


def test_npq_has_four_more_reasons_to_withdraw_than_before(calendar):
    now = set(calendar.reasons("withdraw", "npq", "v3"))

    assert now - set(Calendar.load().reasons("withdraw", "npq", "v3", "2025-04")) == {
        "assessment-requirements-not-met",
        "change-in-career",
        "disengaged-and-unresponsive",
        "non-payment-of-invoice",
    }
    assert "quality-of-programme-structure-not-suitable." in now


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_reasons_to_defer_have_not_changed(calendar, programme):
    assert calendar.reasons("defer", programme, "v3") == Calendar.load().reasons("defer", programme, "v3", "2025-04")


def test_disputed_first_days_in_the_wrong_order_are_an_error(tmp_path):
    text = (contract_root() / "2026-08" / "calendar.yaml").read_text(encoding="utf-8")
    path = tmp_path / "calendar.yaml"
    path.write_text(text.replace("2025-08-01/2025-10-01..", "2025-10-01/2025-08-01.."), encoding="utf-8")

    with pytest.raises(CalendarError, match="2025-10-01/2025-08-01"):
        Calendar.load(EDITION, path)
