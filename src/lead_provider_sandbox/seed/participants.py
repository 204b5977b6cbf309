"""ECF participants of the seed, made situation by situation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lead_provider_sandbox.domain.clock import to_datetime, to_instant
from lead_provider_sandbox.seed.builder import Builder, Row
from lead_provider_sandbox.seed.paying import clawed_back_by, later, paid_by
from lead_provider_sandbox.seed.plan import Declared, Situation
from lead_provider_sandbox.seed.world import ProviderWorld

_HAVE_MENTOR = 0.6


def participant(
    build: Builder, home: ProviderWorld, away: ProviderWorld, situation: Situation, mentors: list[Row]
) -> None:
    """Make one participant of `home` in a situation; `away` is the provider they may move to."""
    person = _person(build, situation)
    record = _training_record(build, person, situation)
    partnership = home.challenged if situation.challenged else build.pick(home.partnerships[situation.cohort])
    enrolment = _enrolment(build, home, partnership, person, record, situation, mentors)
    declarations = _declarations(build, home, person, record, enrolment, situation, situation.declared)
    if situation.participant_type == "mentor":
        mentors.append(person)
        _fund_mentor(record, declarations)
    if situation.also_mentor:
        second = replace(situation, participant_type="mentor", also_mentor=False)
        mentor_record = _training_record(build, person, second)
        _enrolment(build, home, partnership, person, mentor_record, second, [])
    if situation.merged:
        build.merged_into(person)
    if situation.moves_to_other_provider:
        _move(build, away, person, record, enrolment, situation)
    if situation.changes_school:
        _change_school(build, home, person, record, enrolment, confirmed=situation.changes_school == "confirmed")
    if situation.mentored_elsewhere:
        enrolment["mentor_id"] = _outside_mentor(build, person)["id"]
    _touch(person, enrolment)


def _person(build: Builder, situation: Situation) -> Row:
    trn = build.trn()
    person = build.person(
        trn if situation.trn == "known" else None,
        build.registered(situation.cohort),
        claimed_trn=None if situation.trn == "none" else trn,
        id=situation.id,
        full_name=situation.full_name,
    )
    if situation.trn == "shared":
        earlier = next(each for each in reversed(build.rows["people"][:-1]) if each["trn"])
        person |= {"trn": earlier["trn"], "claimed_trn": earlier["trn"]}
    return person


def _training_record(build: Builder, person: Row, situation: Situation) -> Row:
    return build.add(
        "training_records",
        person_id=person["id"],
        participant_type=situation.participant_type,
        eligibility=situation.eligibility,
        eligibility_reason=situation.eligibility_reason,
        pupil_premium_uplift=situation.pupil_premium,
        sparsity_uplift=situation.sparsity,
        induction_end_date=situation.completed_induction,
        mentor_funding_end_date=None,
        mentor_ineligible_reason=None,
        frozen_cohort_left=situation.left_frozen_cohort,
        created_at=person["created_at"],
    )


def _enrolment(
    build: Builder,
    world: ProviderWorld,
    partnership: Row,
    person: Row,
    record: Row,
    situation: Situation,
    mentors: list[Row],
) -> Row:
    created = person["created_at"]
    stopped = None
    if situation.training_status != "active":
        stopped = build.moment(date(situation.cohort + 1, 2, 5), 40)
    mentor = build.pick(mentors) if mentors and record["participant_type"] == "ect" else None
    school = next(each for each in build.rows["schools"] if each["id"] == partnership["school_id"])
    return build.add(
        "enrolments",
        training_record_id=record["id"],
        person_id=person["id"],
        provider_id=world.provider["id"],
        partnership_id=partnership["id"],
        delivery_partner_id=partnership["delivery_partner_id"],
        school_urn=school["urn"],
        mentor_id=mentor["id"] if mentor and build.likely(_HAVE_MENTOR) else None,
        email=person["email"],
        cohort=situation.cohort,
        schedule_identifier=situation.schedule,
        training_status=situation.training_status,
        status_reason=situation.reason,
        status_at=stopped,
        induction_status=situation.induction_status,
        start_date=situation.start_date or f"{situation.cohort}-09-01",
        end_date=situation.end_date,
        created_at=created,
        updated_at=stopped or created,
    )


def _declarations(
    build: Builder,
    world: ProviderWorld,
    person: Row,
    record: Row,
    enrolment: Row,
    situation: Situation,
    declared: Declared,
) -> list[Row]:
    made = []
    for declaration_type, state in declared:
        day = build.declaration_day(situation.schedule, situation.cohort, declaration_type)
        created = build.moment(day + timedelta(days=1), 15)
        is_ect = record["participant_type"] == "ect"
        made.append(
            build.add(
                "declarations",
                person_id=person["id"],
                provider_id=world.provider["id"],
                programme="ecf",
                training_id=record["id"],
                cohort=situation.cohort,
                course_identifier="ecf-induction" if is_ect else "ecf-mentor",
                declaration_type=declaration_type,
                declaration_date=f"{day}T10:00:00.000000Z",
                state=state,
                evidence_held=None if declaration_type == "started" else "training-event-attended",
                has_passed=None,
                uplift=is_ect and declaration_type == "started" and (situation.pupil_premium or situation.sparsity),
                ineligible_reason="duplicate_declaration" if state == "ineligible" else None,
                mentor_id=enrolment["mentor_id"],
                delivery_partner_id=enrolment["delivery_partner_id"],
                clawback_statement_id=clawed_back_by(world, "ecf", situation.cohort, state),
                statement_id=paid_by(world, "ecf", situation.cohort, state, created),
                created_at=created,
                updated_at=created if state in ("submitted", "eligible") else later(build, created),
            )
        )
    return made


def _fund_mentor(record: Row, declarations: list[Row]) -> None:
    """A mentor's completed declaration ends their funding (behaviour PECF-V3-MENTOR-FUNDING-END)."""
    for each in declarations:
        if each["declaration_type"] == "completed":
            record["mentor_funding_end_date"] = each["declaration_date"][:10]
            record["mentor_ineligible_reason"] = "completed_declaration_received"


def _move(build: Builder, away: ProviderWorld, person: Row, record: Row, leaving: Row, situation: Situation) -> None:
    """The participant has moved to a school of the other provider."""
    moved_on = f"{situation.cohort}-12-15"
    moved_at = to_instant(to_datetime(f"{moved_on}T09:30:00.000000Z"))
    leaving |= {"induction_status": "leaving", "end_date": moved_on, "updated_at": moved_at}
    partnership = build.pick(away.partnerships[situation.cohort])
    joining = _enrolment(build, away, partnership, person, record, replace(situation, start_date=moved_on), [])
    joining |= {"created_at": moved_at, "updated_at": moved_at}
    _declarations(build, away, person, record, joining, situation, situation.new_provider_declared)
    build.add(
        "transfers",
        person_id=person["id"],
        training_record_id=record["id"],
        leaving_urn=leaving["school_urn"],
        leaving_provider_id=leaving["provider_id"],
        leaving_date=moved_on,
        joining_urn=joining["school_urn"],
        joining_provider_id=joining["provider_id"],
        joining_date=moved_on,
        created_at=moved_at,
        updated_at=moved_at,
    )
    _touch(person, joining)


def _touch(person: Row, *changed: Row) -> None:
    """A person's change time is the latest of their records' (behaviour PECF-V12-UPDATED-AT)."""
    person["updated_at"] = max([person["updated_at"], *(each["updated_at"] for each in changed)])


def _change_school(
    build: Builder, home: ProviderWorld, person: Row, record: Row, enrolment: Row, *, confirmed: bool
) -> None:
    """The participant leaves for another school: one of the same provider's, or one that has not said so yet."""
    leaving_on = "2024-08-31" if confirmed else "2099-08-31"
    moment = build.moment(date(2024, 9, 2), 20)
    left_urn = enrolment["school_urn"]
    if confirmed:
        others = [each for each in home.partnerships[enrolment["cohort"]] if each["id"] != enrolment["partnership_id"]]
        joined = build.pick(others)
        school = next(each for each in build.rows["schools"] if each["id"] == joined["school_id"])
        enrolment |= {
            "partnership_id": joined["id"],
            "delivery_partner_id": joined["delivery_partner_id"],
            "school_urn": school["urn"],
            "updated_at": moment,
        }
    else:
        enrolment |= {"induction_status": "leaving", "end_date": leaving_on, "updated_at": moment}
    build.add(
        "transfers",
        person_id=person["id"],
        training_record_id=record["id"],
        leaving_urn=left_urn,
        leaving_provider_id=enrolment["provider_id"],
        leaving_date=leaving_on,
        joining_urn=enrolment["school_urn"] if confirmed else None,
        joining_provider_id=enrolment["provider_id"] if confirmed else None,
        joining_date="2024-09-01" if confirmed else None,
        created_at=moment,
        updated_at=moment,
    )


def _outside_mentor(build: Builder, mentored: Row) -> Row:
    """A mentor whom no provider trains (behaviour UNF-LIST)."""
    return build.person(build.trn(), mentored["created_at"])
