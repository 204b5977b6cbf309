"""Participants change schedule and cohort."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration, parse_year
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.changes import assert_listed_as_shown, just_before
from lead_provider_conformance.testdata.dates import (
    MIDDAY,
    date_after_window,
    declaration_of,
    has_choice_of_schedules,
    window_of,
)
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, prepared, require_success

EXTENDED = "ecf-extended-september"
NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}
REFUGE = "2024"
AGREES = "npq-participants/enrolment-agrees-with-application"


def schedules_of(participant, calendar):
    """Return the NPQ schedules of the participant's course and cohort, the earliest first."""
    found = [
        schedule
        for name in calendar.schedules
        if participant.course in calendar.courses(name)
        and (schedule := calendar.schedule(name, participant.cohort_year, participant.cohort_suffix))
    ]
    if len(found) < 2:
        raise CouldNotRun(
            f"The calendar has no two schedules of {participant.course} in {participant.cohort}.",
            "Give the target participants of another course or cohort.",
        )
    return sorted(found, key=lambda each: each.windows[0].start)


def target_schedule(participant, calendar):
    """Return a schedule that the participant can change to and is not on; the latest if the present one is unknown."""
    if participant.course.startswith("ecf-"):
        return EXTENDED
    early, *_, late = schedules_of(participant, calendar)
    return early.identifier if participant.schedule == late.identifier else late.identifier


def assert_schedule(participant, schedule):
    assert participant.schedule == (None if participant.is_course_only else schedule)


@verifies(
    "schedule/of-course",
    "npq-schedule/fits-course",
    "schedule/refusal-changes-nothing",
    "npq-schedule/refusal-changes-nothing",
    "schedule/changed",
    "npq-schedule/changed",
    "schedule/cohort-stays",
    "npq-schedule/cohort-by-default",
    "training/updated-at",
    "npq-training/updated-at",
    "training/updated-since",
    "schedule/another",
    "npq-schedule/same",
    "schedule/windows-of-the-new",
    "training/course-required",
    "training/course-of-participant",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_participant_without_declarations_changes_schedule(api, states, calendar, check):
    if api.programme == "npq" and calendar.has_npq_funding:
        participant = states.claim_preferring(
            NO_DECLARATIONS["npq"], lambda each: has_choice_of_schedules(each, calendar)
        )
    else:
        participant = states.claim(NO_DECLARATIONS[api.programme])
    target = target_schedule(participant, calendar)
    shown = api.show_participant(participant.id)
    before = states.last_change(participant.in_response(shown))

    # Without declarations, only the course speaks against the schedule.
    with check("schedule/of-course", "npq-schedule/fits-course"):
        if api.programme == "ecf":
            assert api.change_schedule(participant, "ecf-replacement-september").status == 422
            of_npq = {"schedule_identifier": "npq-leadership-autumn", "course_identifier": participant.course}
            refusal = api.put_action(participant, "change-schedule", of_npq, deliberate="schedule of an NPQ")
            assert refusal.status == 422
        else:
            assert api.change_schedule(participant, "npq-ehco-june").status == 422
            if not calendar.has_npq_funding:
                of_ecf = {"schedule_identifier": "ecf-standard-september", "course_identifier": participant.course}
                refusal = api.put_action(participant, "change-schedule", of_ecf, deliberate="schedule of ECF")
                assert refusal.status == 422, "a schedule of ECF"

    with check("schedule/refusal-changes-nothing", "npq-schedule/refusal-changes-nothing"):
        check.needs("schedule/of-course", "npq-schedule/fits-course")
        assert api.show_participant(participant.id).resource == shown.resource

    scheduled = {"schedule_identifier": target}
    without_course = api.put_action(participant, "change-schedule", scheduled, deliberate="no course_identifier")
    other_course = scheduled | {"course_identifier": "ecf-mentor"}
    of_another_course = api.put_action(participant, "change-schedule", other_course) if api.programme == "ecf" else None
    still = api.show_participant(participant.id).resource

    response = api.change_schedule(participant, target)
    moved = api.participant(participant)
    for requirement, refusal in (
        ("training/course-required", without_course),
        ("training/course-of-participant", of_another_course),
    ):
        if check.applies(requirement):
            with check(requirement):
                assert refusal.status == 422, "change-schedule"
                assert still == shown.resource
                prepared(response)  # with the course the same change is accepted
    with check("schedule/changed", "npq-schedule/changed"):
        assert response.status == 200
        assert_schedule(participant.in_response(response), target)
        assert_schedule(moved, target)

    with check("schedule/cohort-stays", "npq-schedule/cohort-by-default"):
        assert moved.cohort == (None if moved.is_course_only else participant.cohort)

    with check("training/updated-at", "npq-training/updated-at"):
        before.assert_moved_to(moved.updated_at)

    with check("training/updated-since", "npq-training/updated-at"):
        listed = list(api.paginate(api.participants, just_before(moved.updated_at)))
        assert participant.id in {each["id"] for each in listed}, (
            f"filter[updated_since] lacks {moved.id}, changed {moved.updated_at}."
        )
        assert_listed_as_shown(listed, moved)

    with check("schedule/another", "npq-schedule/same"):
        assert api.change_schedule(participant, target).status == 422

    if check.applies("schedule/windows-of-the-new"):
        with check("schedule/windows-of-the-new"):
            too_late_before = {"declaration_date": format_time(date_after_window(participant, "started", calendar))}
            declaration = declaration_of(participant, "started", calendar) | too_late_before
            assert api.declare(declaration).status == 200


def started_too_early_for(api, states, calendar):
    """Return a participant, their started declaration, their schedule, and one whose window excludes the declaration.

    Prefer a participant who could change to an earlier cohort, whose windows include the declaration if they never end.
    An NPQ participant is moved to the first schedule of their course and declared on its first day.
    """

    def has_earlier_cohort(each):
        return any(year < each.cohort_year for year in cohorts_to_change_to(each, states, calendar))

    if api.programme == "ecf":
        participant = states.claim_preferring("ect.started", has_earlier_cohort)
        pending = ("submitted", "eligible")
        started = next((each for each in api.declarations_about(participant) if each.state in pending), None)
        assert started, f"The list lacks the started declaration about {participant.id}."
        excluding = [
            name
            for name in ("ecf-standard-april", "ecf-standard-january", "ecf-standard-september")
            if (window := calendar.window(name, participant.cohort_year, "started"))
            and not window.contains(started.date.date())
        ]
        if not excluding:
            raise CouldNotRun(
                f"No standard schedule of {participant.cohort} excludes a start on {started.date.date()}.",
                "Give the target an early career teacher who started in autumn, on a standard schedule.",
            )
        return participant, started, participant.schedule, excluding[0]
    if calendar.has_npq_funding:
        participant, declared = states.claim_prepared(
            "npq.no-declarations",
            "before-another-schedule",
            lambda each: declared_before_another_schedule(api, each, calendar),
            where=lambda each: has_choice_of_schedules(each, calendar),
            preferred=lambda each: (
                has_choice_of_schedules(each, calendar) and bool(cohorts_to_change_to(each, states, calendar))
            ),
        )
        return participant, *declared
    participant = states.claim_preferring("npq.no-declarations", has_earlier_cohort)
    early, *others = schedules_of(participant, calendar)
    late = next((each for each in reversed(others) if each.windows[0].earliest_start > early.windows[0].start), None)
    if late is None:
        raise CouldNotRun(
            f"The sources disagree about the first day of every other schedule of {participant.cohort}.",
            "Give the target participants of a cohort whose schedules begin on days that the calendar has.",
        )
    if participant.schedule != early.identifier:
        prepared(api.change_schedule(participant, early.identifier))
    opening = datetime.combine(early.windows[0].start, MIDDAY)
    start = declaration_of(participant, "started", calendar) | {"declaration_date": format_time(opening)}
    started = Declaration.of(prepared(api.declare(start)).resource)
    return participant, started, early.identifier, late.identifier


def declared_before_another_schedule(api, participant, calendar):
    """Declare a start that the server refuses on another schedule; see `started_too_early_for`.

    The sources disagree about the first days of the schedules, so the server itself shows which excludes the start.
    Raise PreparationRefusedError if none does, or if it refuses the participant's start for another reason.
    """
    valid = declaration_of(participant, "started", calendar)
    api.void_or_skip(require_success(api.declare(valid)).resource["id"])
    present = participant.schedule

    def declare_on(schedule, start):
        nonlocal present
        if schedule != present:
            require_success(api.change_schedule(participant, schedule))
            present = schedule
        return api.declare(start)

    for schedule, excluding in permutations(schedules_of(participant, calendar), 2):
        window = schedule.windows[0]
        # From the later day on, the start is surely accepted.
        for day in sorted({window.earliest_start, window.start}, reverse=True):
            start = valid | {"declaration_date": format_time(datetime.combine(day + timedelta(days=1), MIDDAY))}
            refusal = declare_on(excluding.identifier, start)
            if refusal.status == 200:
                api.void_or_skip(refusal.resource["id"])
                continue
            declared = declare_on(schedule.identifier, start)
            if declared.status == 200:
                return Declaration.of(declared.resource), schedule.identifier, excluding.identifier
    raise PreparationRefusedError(f"The server takes the same starts on every schedule of {participant.cohort_name}")


@in_editions(until={"ecf": "2026-08"})
@verifies(
    "schedule/required",
    "npq-schedule/required",
    "schedule/known",
    "npq-schedule/known",
    "schedule/cohort-with-declarations",
    "npq-schedule/cohort-kept-while-declared",
    "npq-schedule/cohort-refusal-title",
    "schedule/declarations-stay-valid",
    "npq-schedule/keeps-declarations",
    "schedule/refusal-changes-nothing",
    "npq-schedule/refusal-changes-nothing",
    "schedule/after-void",
    "npq-schedule/free-once-voided",
    "npq-participants/enrolment-agrees-with-application",
)
@uses_states("ect.started", "npq.no-declarations")
def test_change_of_schedule_that_excludes_a_declaration_is_refused(api, states, calendar, check):
    participant, started, present, too_late = started_too_early_for(api, states, calendar)
    before = api.show_participant(participant.id).resource
    course = {"course_identifier": participant.course}

    with check("schedule/required", "npq-schedule/required"):
        for missing in ({}, {"schedule_identifier": ""})[: 1 if api.programme == "ecf" else 2]:
            refusal = api.put_action(participant, "change-schedule", course | missing, deliberate="no schedule")
            assert refusal.status == 422, missing
            if api.programme == "ecf":
                assert refusal.names("schedule_identifier")

    with check("schedule/known", "npq-schedule/known"):
        unknown = course | {"schedule_identifier": f"{api.programme}-midsummer"}
        refusal = api.put_action(participant, "change-schedule", unknown, deliberate="unknown schedule")
        assert refusal.status == 422

    unending = EXTENDED if api.programme == "ecf" else present
    another = next(iter(cohorts_to_change_to(participant, states, calendar)), None)
    while_declared = api.change_schedule(participant, unending, cohort=str(another)) if another else None
    moved_cohort = while_declared and while_declared.status == 200
    if moved_cohort:
        prepared(api.change_schedule(participant, present, cohort=participant.cohort))

    refusal = api.change_schedule(participant, too_late)
    with check("schedule/declarations-stay-valid", "npq-schedule/keeps-declarations"):
        assert refusal.status == 422

    with check("schedule/refusal-changes-nothing", "npq-schedule/refusal-changes-nothing"):
        if api.programme == "npq":
            for refused in ("required", "known", "keeps-declarations", "cohort-kept-while-declared"):
                check.needs(f"npq-schedule/{refused}")
        if not moved_cohort:
            assert api.show_participant(participant.id).resource == before

    if refusal.status == 200:
        api.change_schedule(participant, present)
    api.void_or_skip(started.id)
    with check("schedule/after-void", "npq-schedule/free-once-voided"):
        assert api.change_schedule(participant, too_late).status == 200

    with check("schedule/cohort-with-declarations", "npq-schedule/cohort-kept-while-declared"):
        if while_declared is None:
            raise CouldNotRun(
                f"{participant.id} could change to {unending} in no other cohort.",
                "Give the provider partnerships with the same school in two cohorts."
                if api.programme == "ecf"
                else "Give the provider a participant in a course with schedules in an earlier cohort.",
            )
        # Otherwise the refusal has another reason than the declaration.
        prepared(api.change_schedule(participant, unending, cohort=str(another)))
        assert while_declared.status == 422
        if api.programme == "ecf":  # release notes of July 2023: the error is about the schedule
            assert while_declared.names("cohort") or while_declared.names("schedule_identifier")

    with check("npq-schedule/cohort-refusal-title"):
        check.needs("npq-schedule/cohort-kept-while-declared")
        assert while_declared.names("cohort")

    if check.applies(AGREES):
        if while_declared is None:
            check.leave_out(AGREES, "The participant could change to no other cohort.", "Give the target one who can.")
            return
        enrolment = api.participant(participant).enrolment
        with check(AGREES):
            application = api.application(str(enrolment.get("npq_application_id")))
            assert application.cohort == enrolment.get("cohort"), f"{application.id} has another cohort."


def cohorts_to_change_to(participant, states, calendar):
    """Return the other cohorts with a partnership and a schedule whose windows never end; earlier, near ones first."""
    schedule = participant.schedule if participant.course.startswith("npq-") else EXTENDED
    partnered, present = partnered_years(participant, states), participant.cohort_year or 0
    years = [year for year in other_years(participant, schedule, states, calendar) if year in partnered]
    return sorted(years, key=lambda year: (year > present, abs(year - present)))


@verifies("schedule/replacement-for-mentors")
@uses_states("mentor.no-declarations")
def test_mentor_changes_to_a_replacement_schedule(api, states):
    mentor = states.claim("mentor.no-declarations")

    assert api.change_schedule(mentor, "ecf-replacement-september").status == 200
    assert api.participant(mentor).schedule == "ecf-replacement-september"


def other_years(participant, schedule, states, calendar):
    """Return the other cohorts that have the schedule and are still paid for."""
    return [
        year
        for year in calendar.cohorts
        if states.is_paid_for(year)
        and calendar.schedule(schedule, year)
        and year != participant.cohort_year
        and is_funded_alike(participant, calendar.schedule(schedule, year), calendar)
    ]


def is_funded_alike(participant, schedule, calendar):
    """Return whether DfE funds the places of a schedule's NPQ cohort like those of the participant's cohort."""
    present = calendar.npq_funding(participant.cohort_year, participant.cohort_suffix)
    suffix = schedule.suffix or max(calendar.cohorts[schedule.cohort].suffixes, default=None)
    return present is None or calendar.npq_funding(schedule.cohort, suffix) == present


def partnered_years(participant, states, *, now=False):
    """Return the cohorts in which the provider has an active partnership with the participant's school.

    Every year for an NPQ, which needs none, and in a run without version 3, which shows none. With `now`, read the
    partnerships again: other tests confirm some.
    """
    if participant.course.startswith("npq-") or states.inventory.version != "v3":
        return range(9999)
    states.inventory.require_fields("ecf_partnerships", "urn", "cohort", "status")
    partnerships = states.inventory.fetch_partnerships() if now else states.inventory.partnerships
    active = [each["attributes"] for each in partnerships if states.inventory.is_active(each)]
    urn = str(participant.enrolment.get("school_urn"))
    return {parse_year(each.get("cohort")) for each in active if str(each.get("urn")) == urn}


@verifies("schedule/cohort", "schedule/windows-of-the-new-cohort")
@uses_states("ect.no-declarations")
def test_participant_without_declarations_changes_cohort(api, states, calendar, check):
    def there(participant):
        partnered = partnered_years(participant, states)
        return [year for year in other_years(participant, participant.schedule, states, calendar) if year in partnered]

    if states.inventory.version != "v3" or not any(there(each) for each in states.inventory.participants):
        raise CouldNotRun(
            "No participant's school is known to have a partnership with the provider in another cohort.",
            "Give it partnerships with the same school in two cohorts, and run version 3 as well.",
        )
    ect = states.claim("ect.no-declarations", where=there)

    cohort = str(next((each for each in (2024, 2023) if each in there(ect)), there(ect)[0]))
    changed = api.change_schedule(ect, ect.schedule, cohort=cohort)
    if changed.status != 200 and int(cohort) not in partnered_years(ect, states, now=True):
        raise CouldNotRun(f"The partnership of {cohort} with the school of {ect.id} has ended meanwhile.", "Run again.")
    with check("schedule/cohort"):
        assert changed.status == 200
        assert api.participant(ect).cohort == cohort

    with check("schedule/windows-of-the-new-cohort"):
        moved = replace(ect, enrolment={**ect.enrolment, "cohort": cohort})
        states.reach(window_of(moved, "started", calendar).start)
        assert api.declare(declaration_of(ect, "started", calendar)).status == 422
        assert api.declare(declaration_of(moved, "started", calendar)).status == 200


@verifies("schedule/cohort-needs-partnership")
@uses_states("ect.no-declarations")
def test_cohort_without_a_partnership_is_refused(api, states, calendar):
    def elsewhere(participant):
        partnered = partnered_years(participant, states)
        return [
            year for year in other_years(participant, participant.schedule, states, calendar) if year not in partnered
        ]

    movable = [each for each in states.inventory.participants if other_years(each, each.schedule, states, calendar)]
    if movable and not any(map(elsewhere, movable)):
        raise CouldNotRun(
            "No participant's school is known to have no partnership with the provider in some cohort.",
            "Give it a participant at such a school, and run version 3 as well.",
        )
    ect = states.claim("ect.no-declarations", where=elsewhere)
    nowhere = str(elsewhere(ect)[0])

    refusal = api.change_schedule(ect, ect.schedule, cohort=nowhere)

    if refusal.status == 200 and int(nowhere) in partnered_years(ect, states, now=True):
        raise CouldNotRun(f"The school of {ect.id} has got a partnership in {nowhere} meanwhile.", "Run again.")
    assert refusal.status == 422
    assert refusal.names("cohort")


@verifies(
    "schedule/frozen-cohort",
    "schedule/frozen-cohort-shown",
    "schedule/after-frozen-cohort",
    "schedule/back-to-frozen-cohort",
    "schedule/back-with-declarations",
)
@uses_states("ect.frozen")
def test_participant_moves_out_of_a_frozen_cohort_and_back(api, states, calendar, check):
    def has_refuge(participant):
        return int(REFUGE) in partnered_years(participant, states)

    ect = states.claim("ect.frozen", where=has_refuge)

    response, away = api.change_schedule(ect, "ecf-standard-september", cohort=REFUGE), api.participant(ect)
    with check("schedule/frozen-cohort"):
        assert response.status == 200
        assert away.cohort == REFUGE

    with check("schedule/after-frozen-cohort"):
        assert api.change_schedule(ect, EXTENDED).status == 200

    response, back = api.change_schedule(ect, ect.schedule, cohort=ect.cohort), api.participant(ect)
    with check("schedule/back-to-frozen-cohort"):
        assert response.status == 200
        assert back.cohort == ect.cohort

    if check.applies("schedule/frozen-cohort-shown"):
        with check("schedule/frozen-cohort-shown"):
            assert away.enrolment.get("cohort_changed_after_payments_frozen") is True
            assert back.enrolment.get("cohort_changed_after_payments_frozen") is False

    prepared(api.change_schedule(ect, EXTENDED, cohort=REFUGE))
    moved = api.participant(ect)
    window = window_of(moved, "retained-4", calendar)
    if window is None:
        raise CouldNotRun(
            f"{moved.schedule} {moved.cohort} has no retained-4.", "Give the target a participant on another schedule."
        )
    states.reach(window.start)
    declared = prepared(api.declare(declaration_of(moved, "retained-4", calendar)))
    back = api.change_schedule(ect, ect.schedule, cohort=ect.cohort)
    if back.status != 200:
        # Otherwise the refusal has another reason than the declaration.
        api.void_or_skip(declared.resource["id"])
        prepared(api.change_schedule(ect, ect.schedule, cohort=ect.cohort))
    with check("schedule/back-with-declarations"):
        assert back.status == 422


@verifies("npq-schedule/capped-cohort-kept")
@uses_states("npq.no-declarations")
def test_npq_participant_with_a_funded_place_stays_in_a_capped_cohort(api, states, calendar):
    uncapped = {
        (str(each.course), str(each.cohort))
        for each in states.inventory.applications
        if each.status == "accepted" and each.funded_place is None
    }
    fully_funded = [year for year, cohort in calendar.cohorts.items() if set(cohort.suffixes.values()) == {"full"}]

    def cohort_before(participant):
        return str(max(fully_funded, default=(participant.cohort_year or 0) - 1))

    def has_a_place_here_only(participant):
        course = participant.course
        return participant.enrolment.get("funded_place") is True and (course, cohort_before(participant)) in uncapped

    participant = states.claim("npq.no-declarations", where=has_a_place_here_only)

    refusal = api.change_schedule(participant, participant.schedule, cohort=cohort_before(participant))

    assert refusal.status == 422
    assert refusal.names("cohort")
