"""Participants are deferred, withdrawn and resumed."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import time_of
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.changes import assert_dated, assert_listed_as_shown, just_before
from lead_provider_conformance.testdata.dates import (
    MIDDAY,
    declaration_of,
    first_window_since_withdrawal,
    has_choice_of_schedules,
    schedules_of,
    window_date,
    window_of,
)
from lead_provider_conformance.testdata.first_declarations import claim_declared
from lead_provider_conformance.testdata.refusals import prepared

NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}
STARTED = {"ecf": "ect.started", "npq": "npq.started"}
EXTENDED = ("ecf-extended-september", "ecf-extended-january", "ecf-extended-april")
ACTIONS = {
    "defer": {"reason": "other"},
    "withdraw": {"reason": "other"},
    "resume": {},
    "change-schedule": {"schedule_identifier": "ecf-extended-january"},
}
SUCCESS = 200
REASON_OF_WITHDRAWAL = {"ecf": "moved-school", "npq": "started-in-error"}
NOT_A_REASON_OF_WITHDRAWAL = {
    "ecf": ("gone-fishing", "started-in-error", "insufficient-capacity"),
    "npq": ("gone-fishing", "left-teaching-profession"),
}


def shown_status(participant, training_status):
    """Return the training_status that the version shows: None where it shows only the course."""
    return None if participant.is_course_only else training_status


def assert_status(participant, training_status):
    assert participant.is_course_only or participant.training_status, f"{participant.id} shows no `training_status`."
    assert participant.training_status == shown_status(participant, training_status)


def listed_since_change(participant, api):
    return list(api.paginate(api.participants, just_before(participant.updated_at)))


def assert_listed_since_change(participant, listed):
    assert participant.id in {each["id"] for each in listed}, (
        f"filter[updated_since] lacks {participant.id}, changed {participant.updated_at}."
    )
    assert_listed_as_shown(listed, participant)


def assert_dated_like_the_change(date, participant):
    """Check the date of a withdrawal or deferral, the latest change, by the participant's own `updated_at`."""
    changed = participant.updated_at
    assert date >= changed - timedelta(minutes=1), f"Its date is {date}, and it changed the participant at {changed}."


def declare_start_on_two_schedules(api, participant, calendar):
    """Declare a start on a day inside the windows of two schedules, and return the other schedule."""
    if participant.course.startswith("npq-"):
        # The milestones of NPQs do not end, so a recent day is inside the windows of every schedule of the course.
        opened = window_date(participant, "started", calendar)
        recent = max(opened, api.show_participant(participant.id).server_time - timedelta(days=60))
        start = declaration_of(participant, "started", calendar) | {"declaration_date": format_time(recent)}
        prepared(api.declare(start))
        return another_schedule(participant, calendar)
    present = window_of(participant, "started", calendar)
    others = (each for each in EXTENDED if each != participant.schedule)
    for schedule, day in ((each, calendar.windows(each, participant.cohort_year)[0].start) for each in others):
        noon = datetime.combine(max(present.start, day) + timedelta(days=2), MIDDAY)
        if present.contains(noon.date()):
            start = declaration_of(participant, "started", calendar) | {"declaration_date": format_time(noon)}
            if api.declare(start).status == 200:
                return schedule
    raise CouldNotRun(f"The start of {participant.id} could not be declared.", "Fix declarations/started first.")


def claim_with_two_schedules(api, states, calendar):
    """Claim a participant without declarations, for an NPQ one whose cohort has two schedules if there is any."""
    if not calendar.has_npq_funding or api.programme == "ecf":
        return states.claim(NO_DECLARATIONS[api.programme])
    return states.claim_preferring(NO_DECLARATIONS["npq"], lambda each: has_choice_of_schedules(each, calendar))


def another_schedule(participant, calendar):
    """Return another schedule of the NPQ; the present one if the calendar has none."""
    if participant.cohort_suffix:
        of_course = [each.identifier for each in schedules_of(participant, calendar)]
    else:
        of_course = [name for name in calendar.schedules if participant.course in calendar.courses(name)]
    return next((name for name in of_course if name != participant.schedule), participant.schedule)


def in_training(participant, api, states):
    """Return the participant, resumed if necessary, or another one where the server refuses to resume."""
    if api.resume(participant).status == 200 or api.participant(participant).training_status == "active":
        return participant
    return states.claim(STARTED[api.programme])


@in_editions(until={"ecf": "2026-08"})
@verifies("withdrawal/needs-started-declaration", "withdrawal/refusal-changes-nothing")
@uses_states("ect.no-declarations", untouched=True)
def test_withdrawal_without_a_started_declaration_is_refused(api, states, check):
    ect = states.claim("ect.no-declarations", untouched=True)
    before = api.show_participant(ect.id).resource

    refusal = api.withdraw(ect, reason="left-teaching-profession")
    with check("withdrawal/needs-started-declaration"):
        assert refusal.status == 422
        assert refusal.errors

    with check("withdrawal/refusal-changes-nothing"):
        check.needs("withdrawal/needs-started-declaration")
        assert api.show_participant(ect.id).resource == before


@in_editions(until={"ecf": "2026-08"})
@verifies(
    "withdrawal/training-status",
    "npq-withdrawal/training-status",
    "withdrawal/reason-and-date",
    "npq-withdrawal/reason-shown",
    "withdrawal/persists",
    "npq-withdrawal/persists",
    "withdrawal/school-status",
    "withdrawal/once",
    "npq-withdrawal/once",
    "deferral/of-withdrawn",
    "npq-deferral/of-withdrawn",
    "schedule/of-withdrawn",
    "npq-schedule/of-withdrawn",
    "withdrawal/backdated-declaration",
    "npq-withdrawal/backdated-declaration",
    "withdrawal/resumable",
    "npq-resumption/of-withdrawn",
    "training/updated-at",
    "npq-training/updated-at",
    "training/updated-since",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_started_participant_is_withdrawn_and_resumed(api, states, calendar, check):
    participant = claim_with_two_schedules(api, states, calendar)
    before = states.last_change(api.participant(participant))
    another = declare_start_on_two_schedules(api, participant, calendar)
    reason = REASON_OF_WITHDRAWAL[api.programme]

    response = api.withdraw(participant, reason=reason)
    with check("withdrawal/training-status", "npq-withdrawal/training-status"):
        assert response.status == 200
        assert_status(participant.in_response(response), "withdrawn")

    shown = api.participant(participant)
    if check.applies("withdrawal/reason-and-date"):
        with check("withdrawal/reason-and-date"):
            assert shown.withdrawal.get("reason") == reason
            assert_dated(shown.withdrawal.get("date"), shown.updated_at, response.server_time)

    if check.applies("npq-withdrawal/reason-shown"):
        with check("npq-withdrawal/reason-shown"):
            assert shown.withdrawal.get("reason") == reason
            date = time_of(shown.withdrawal, "date")
            assert_dated_like_the_change(date, shown)
            assert_dated(date, shown.updated_at, response.server_time)
            assert not shown.deferral

    if check.applies("withdrawal/school-status"):
        with check("withdrawal/school-status"):
            assert shown.status, f"{shown.id} shows neither `participant_status` nor `status`."
            assert shown.status == "active"

    with check("training/updated-at", "npq-training/updated-at"):
        before.assert_moved_to(shown.updated_at)

    listed = []
    with check("training/updated-since", "npq-training/updated-at"):
        listed = listed_since_change(shown, api)
        assert_listed_since_change(shown, listed)

    with check("withdrawal/persists", "npq-withdrawal/persists"):
        assert_status(shown, "withdrawn")
        assert_listed_as_shown(listed, shown)

    with check("withdrawal/once", "npq-withdrawal/once"):
        assert api.withdraw(participant).status == 422

    with check("deferral/of-withdrawn", "npq-deferral/of-withdrawn"):
        assert api.defer(participant).status == 422

    while_withdrawn = api.change_schedule(participant, another)

    backdated = api.declare(declaration_of(participant, "retained-1", calendar))
    with check("withdrawal/backdated-declaration", "npq-withdrawal/backdated-declaration"):
        assert backdated.status == 200

    resumed, now = api.resume(participant), api.participant(participant)
    with check("withdrawal/resumable", "npq-resumption/of-withdrawn"):
        # The guidance on ECF promises that the deferred can resume, and is silent about the withdrawn.
        if api.programme == "npq" or resumed.status != 422:
            assert resumed.status == 200
        assert_status(now, "active" if resumed.status == 200 else "withdrawn")

    if check.applies("npq-withdrawal/reason-shown"):
        with check("npq-withdrawal/reason-shown"):
            assert not now.withdrawal

    with check("schedule/of-withdrawn", "npq-schedule/of-withdrawn"):
        if while_withdrawn.status == 422 and resumed.status == 200:
            if backdated.status == 200:  # it need not fit the other schedule
                api.void(backdated.resource["id"])
            # Otherwise the refusal has another reason than the withdrawal.
            prepared(api.change_schedule(participant, another))
        assert while_withdrawn.status == 422


@verifies(
    "declarations/after-withdrawal",
    "declarations/refusal-names-attribute",
    "resumption/clears-reasons",
    "declarations/after-resumption",
)
@uses_states("ect.withdrawn-before-a-window")
def test_declaration_after_withdrawal_is_refused_until_the_participant_resumes(api, states, calendar, check):
    ect = states.claim("ect.withdrawn-before-a-window")
    opened = first_window_since_withdrawal(ect, calendar, api.show_participant(ect.id).server_time.date())
    assert opened, f"The server's clock is before any window that opened after {ect.withdrawal}."
    after = declaration_of(ect, opened.declaration_type, calendar)
    after["declaration_date"] = format_time(datetime.combine(opened.start, MIDDAY))

    refusal = api.declare(after)
    with check("declarations/after-withdrawal"):
        assert refusal.status == 422

    with check("declarations/refusal-names-attribute"):
        check.needs("declarations/after-withdrawal")
        assert refusal.names("participant_id") or refusal.names("declaration_date")

    if api.resume(ect).status != 200:
        raise NotApplicable("The target does not resume withdrawn participants; withdrawal/resumable checks that.")
    if check.applies("resumption/clears-reasons"):
        with check("resumption/clears-reasons"):
            shown = api.participant(ect)
            assert not shown.withdrawal
            assert not shown.deferral

    with check("declarations/after-resumption"):
        assert api.declare(after).status == 200


@verifies("npq-withdrawal/later-declaration")
@uses_states("npq.withdrawn")
def test_npq_declaration_after_withdrawal_is_refused(api, states, calendar):
    participant = states.look("npq.withdrawn")
    later = time_of(participant.withdrawal, "date") + timedelta(days=1)
    completion = declaration_of(participant, "completed", calendar)

    response = api.declare(completion | {"declaration_date": format_time(later)})

    # No test resumes the participant, but somebody else may have.
    if response.status == 200 and states.discovery_api.participant(participant).withdrawal != participant.withdrawal:
        raise CouldNotRun(f"The training of {participant.id} has changed meanwhile.", "Run again.")
    assert response.status == 422


@in_editions(until={"ecf": "2026-08"})
@verifies(
    "deferral/training-status",
    "npq-deferral/training-status",
    "deferral/before-start",
    "deferral/reason-and-date",
    "npq-deferral/reason-shown",
    "deferral/persists",
    "deferral/once",
    "npq-deferral/once",
    "declarations/while-deferred",
    "npq-deferral/declarable",
    "resumption/training-status",
    "npq-resumption/of-deferred",
    "resumption/clears-reasons",
    "resumption/of-active",
    "npq-resumption/of-active",
    "npq-training/course-of-participant",
    "training/updated-at",
    "npq-training/updated-at",
    "training/updated-since",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_active_participant_is_deferred_and_resumed(api, states, calendar, check):
    milestone = "started"
    if api.programme == "npq":  # an NPQ participant without a declaration cannot be deferred
        participant, started = claim_declared(api, states, NO_DECLARATIONS["npq"], "started", calendar)
        prepared(started)
        milestone = "retained-1"
    else:
        participant = states.claim(NO_DECLARATIONS[api.programme])
    before = states.last_change(api.participant(participant))

    response = api.defer(participant, reason="parental-leave")
    if check.applies("deferral/before-start"):
        with check("deferral/before-start"):
            assert response.status == 200

    with check("deferral/training-status", "npq-deferral/training-status"):
        assert response.status == 200
        assert_status(participant.in_response(response), "deferred")

    shown = api.participant(participant)
    if check.applies("deferral/reason-and-date"):
        with check("deferral/reason-and-date"):
            assert shown.deferral.get("reason") == "parental-leave"
            assert_dated(shown.deferral.get("date"), shown.updated_at, response.server_time)

    if check.applies("npq-deferral/reason-shown"):
        with check("npq-deferral/reason-shown"):
            assert shown.deferral.get("reason") == "parental-leave"
            date = time_of(shown.deferral, "date")
            assert_dated_like_the_change(date, shown)
            assert_dated(date, shown.updated_at, response.server_time)
            assert not shown.withdrawal

    with check("training/updated-at", "npq-training/updated-at"):
        before.assert_moved_to(shown.updated_at)

    listed = []
    with check("training/updated-since", "npq-training/updated-at"):
        listed = listed_since_change(shown, api)
        assert_listed_since_change(shown, listed)

    with check("deferral/persists", "npq-deferral/training-status"):
        assert_status(shown, "deferred")
        assert_listed_as_shown(listed, shown)

    with check("deferral/once", "npq-deferral/once"):
        assert api.defer(participant).status == 422

    with check("declarations/while-deferred", "npq-deferral/declarable"):
        assert api.declare(declaration_of(participant, milestone, calendar)).status == 200

    if check.applies("npq-training/course-of-participant"):
        with check("npq-training/course-of-participant"):
            refusal = api.put_action(participant, "resume", {"course_identifier": another_course(participant)})
            assert refusal.status == 422, "resume"

    response, shown = api.resume(participant), api.participant(participant)
    with check("resumption/training-status", "npq-resumption/of-deferred"):
        assert response.status == 200
        assert_status(participant.in_response(response), "active")
        assert_status(shown, "active")

    for requirement in ("resumption/clears-reasons", "npq-deferral/reason-shown"):
        if check.applies(requirement):
            with check(requirement):
                assert not shown.deferral

    with check("resumption/of-active", "npq-resumption/of-active"):
        assert api.resume(participant).status == 422


@in_editions(until={"ecf": "2026-08"})
@verifies("training/updated-at", "training/updated-since", "schedule/of-deferred")
@uses_states("ect.deferred")
def test_resuming_a_deferred_participant_changes_updated_at(api, states, check):
    ect = states.claim("ect.deferred", where=lambda each: not states.inventory.declarations_about(each))
    before = states.last_change(api.participant(ect))

    prepared(api.resume(ect))

    resumed = api.participant(ect)
    with check("training/updated-at"):
        before.assert_moved_to(resumed.updated_at)

    with check("training/updated-since"):
        assert_listed_since_change(resumed, listed_since_change(resumed, api))

    prepared(api.defer(ect))
    another = next(each for each in ("ecf-extended-april", "ecf-extended-january") if each != ect.schedule)
    with check("schedule/of-deferred"):
        assert api.change_schedule(ect, another).status == 200
        assert api.participant(ect).training_status == "deferred"


class Attempts:
    """Actions on one participant that the server should refuse."""

    def __init__(self, api, participant):
        self.api = api
        self.participant = participant
        self.course = {"course_identifier": participant.course}

    def send(self, action, attributes, deliberate=None):
        """Send an action. Resume the participant if the server did it, so that later checks can run."""
        response = self.api.put_action(self.participant, action, attributes, deliberate=deliberate)
        if response.status == 200:
            self.api.resume(self.participant)
        return response

    def assert_refused_for_the_course(self, actions, course, deliberate=None):
        """Check that actions are refused, on a participant for whom they are accepted with the right course."""
        if "resume" in actions:
            prepared(self.api.defer(self.participant))
        before = self.api.show_participant(self.participant.id).resource
        responses = {action: self.send(action, ACTIONS[action] | course, deliberate) for action in actions}
        now = self.api.show_participant(self.participant.id).resource
        if "resume" in actions and responses["resume"].status != SUCCESS:
            prepared(self.api.resume(self.participant))
        for action, response in responses.items():
            assert response.status == 422, action
        assert now == before


@in_editions(until={"ecf": "2026-08"})
@verifies(
    "training/course-required",
    "training/course-of-participant",
    "npq-training/course-of-participant",
    "withdrawal/reason-known",
    "npq-withdrawal/reason-known",
    "withdrawal/reason-required",
    "deferral/reason-known",
    "npq-deferral/reason-known",
    "deferral/reason-required",
    "errors/one-entry-per-attribute",
    "deferral/reasons",
    "npq-deferral/reasons",
    "withdrawal/reasons",
    "npq-withdrawal/reasons",
    "withdrawal/of-deferred",
    "npq-deferral/withdrawable",
    "training/old-paths",
)
@uses_states("ect.started", "npq.started")
def test_listed_reasons_are_accepted_and_others_refused(api, states, calendar, check):
    participant = states.claim(STARTED[api.programme])
    attempts = Attempts(api, participant)

    if check.applies("training/course-required"):
        with check("training/course-required"):
            for actions in (("withdraw", "defer"), ("resume",)):
                attempts.assert_refused_for_the_course(actions, {}, "no course_identifier")

    with check("training/course-of-participant", "npq-training/course-of-participant"):
        for actions in (("withdraw", "defer"), ("resume",)) if api.programme == "ecf" else (("withdraw", "defer"),):
            attempts.assert_refused_for_the_course(actions, {"course_identifier": another_course(participant)})

    with check("withdrawal/reason-known", "npq-withdrawal/reason-known"):
        for reason in NOT_A_REASON_OF_WITHDRAWAL[api.programme]:
            refusal = attempts.send("withdraw", attempts.course | {"reason": reason}, "unknown reason")
            assert refusal.status == 422, reason

    refusal = attempts.send("withdraw", attempts.course, "no reason")
    with check("withdrawal/reason-required", "npq-withdrawal/reason-known"):
        assert refusal.status == 422
        if api.programme == "ecf":
            assert refusal.names("reason")

    with check("deferral/reason-known", "npq-deferral/reason-known"):
        refusal = attempts.send("defer", attempts.course | {"reason": "gone-fishing"}, "unknown reason")
        assert refusal.status == 422

    refusal = attempts.send("defer", attempts.course, "no reason")
    with check("deferral/reason-required", "npq-deferral/reason-known"):
        assert refusal.status == 422
        if api.programme == "ecf":
            assert refusal.names("reason")

    if check.applies("errors/one-entry-per-attribute"):
        with check("errors/one-entry-per-attribute"):
            titles = [title for title, _ in refusal.errors]
            assert titles == ["reason"], f"The errors have the titles {titles}; expected one about reason."

    now = api.participant(participant).training_status
    with check("withdrawal/reason-known", "npq-withdrawal/reason-known"):
        assert now != "withdrawn", "The participant was withdrawn though it was refused."
    with check("deferral/reason-known", "npq-deferral/reason-known"):
        assert now != "deferred", "The participant was deferred though it was refused."

    if now not in ("active", None):
        api.resume(participant)

    participant, responses, of_deferred = act_for_each_reason(api, participant, states, calendar)
    for action, requirement in (("defer", "deferral/reasons"), ("withdraw", "withdrawal/reasons")):
        with check(requirement, f"npq-{requirement}"):
            for reason, response in responses[action].items():
                assert response.status == 200, reason

    with check("withdrawal/of-deferred", "npq-deferral/withdrawable"):
        for response in of_deferred:
            assert response.status == 200

    if check.applies("training/old-paths"):
        participant = in_training(participant, api, states)
        api.defer(participant)
        with check("training/old-paths"):
            for action, status in {"resume": "active", "defer": "deferred"}.items():
                attributes = ACTIONS[action] | attempts.course
                body = {"data": {"type": f"participant-{action}", "attributes": attributes}}
                assert api.send("PUT", api.path("participants", participant.id, action), body=body).status == 200, (
                    action
                )
                assert api.participant(participant).training_status == status


def act_for_each_reason(api, participant, states, calendar):
    """Defer, withdraw and resume the participant for one pair of reasons after the other; the last ones stand.

    Return the participant, the responses by action and reason, and those of withdrawals of a
    deferred participant. If one of them is refused, the participant is resumed first: the reason may be fine.
    """
    deferrals, withdrawals = (calendar.reasons(each, api.programme, api.version) for each in ("defer", "withdraw"))
    responses, of_deferred = {"defer": {}, "withdraw": {}}, []
    for number, (deferral, withdrawal) in enumerate(zip_longest(deferrals, withdrawals)):
        if number:
            participant = in_training(participant, api, states)
        if deferral:
            responses["defer"][deferral] = api.defer(participant, reason=deferral)
        if withdrawal:
            withdrawn = api.withdraw(participant, reason=withdrawal)
            if deferral:
                of_deferred.append(withdrawn)
                if withdrawn.status != SUCCESS:
                    participant = in_training(participant, api, states)
                    withdrawn = api.withdraw(participant, reason=withdrawal)
            responses["withdraw"][withdrawal] = withdrawn
    return participant, responses, of_deferred


def another_course(participant):
    if participant.course.startswith("ecf-"):
        return "ecf-mentor"
    return "npq-headship" if participant.course != "npq-headship" else "npq-senco"


@verifies("training/unknown-participant")
@uses_states("ect.no-declarations")
def test_action_on_an_unknown_participant_is_refused(api, states):
    unknown = replace(states.look("ect.no-declarations"), id=UNKNOWN_ID)

    for action, attributes in ACTIONS.items():
        response = api.put_action(unknown, action, attributes | {"course_identifier": unknown.course})
        assert response.status in UNKNOWN_TO_WRITES, action
