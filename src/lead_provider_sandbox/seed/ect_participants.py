"""Add the participants of the ECT service's seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lead_provider_sandbox.domain.clock import to_datetime
from lead_provider_sandbox.seed.payments import add_declaration
from lead_provider_sandbox.seed.provider_data import ProviderData
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import EcfSituation

_HAVE_MENTOR = 0.6
_DETAILED_FROM = 2025
_MONTHS = {"september": (0, "09-01"), "january": (1, "01-06"), "april": (1, "04-07")}
"""The first day of training on a schedule: years after the cohort's, month and day."""


def add_participant(
    builder: RowBuilder, home: ProviderData, away: ProviderData, situation: EcfSituation, mentors: list[Row]
) -> None:
    """Add one participant of `home` in a situation; `away` is the provider of a move."""
    person = _person(builder, situation)
    partnership = builder.pick(home.partnerships[situation.cohort])
    record = _training_record(builder, person, situation)
    enrolment = _enrolment(builder, home, partnership, record, situation, mentors)
    declarations = add_declarations(builder, home, enrolment, situation)
    if situation.participant_type == "mentor":
        mentors.append(person)
        _end_funding(record, declarations)
    if situation.also_mentor:
        second = replace(situation, participant_type="mentor", training_status="active", reason=None)
        _enrolment(builder, home, partnership, _training_record(builder, person, second), second, [])
    if situation.merged:
        builder.add_id_change(person)
    if situation.moves_to_other_provider:
        _move(builder, away, record, enrolment, situation)
    if situation.changes_school:
        _change_school(builder, home, record, enrolment, situation)
    if situation.mentored_elsewhere:
        enrolment["mentor_id"] = builder.person(builder.trn(), person["created_at"])["id"]
    changed = [each for each in builder.rows["enrolments"][-3:] if each["person_id"] == person["id"]]
    person["updated_at"] = max([person["updated_at"], *(each["updated_at"] for each in changed)])


def _person(builder: RowBuilder, situation: EcfSituation) -> Row:
    trn = builder.trn()
    return builder.person(
        trn if situation.trn == "known" else None,
        builder.moment(date(situation.cohort, 6, 15), 40),
        claimed_trn=trn,
        id=situation.id,
        full_name=situation.full_name,
    )


def _training_record(builder: RowBuilder, person: Row, situation: EcfSituation) -> Row:
    is_ect = situation.participant_type == "ect"
    is_known = is_ect and situation.eligibility is not None
    return builder.add(
        "training_records",
        person_id=person["id"],
        participant_type=situation.participant_type,
        eligibility=situation.eligibility,
        eligibility_reason=None,
        pupil_premium_uplift=situation.pupil_premium,
        sparsity_uplift=situation.sparsity,
        induction_end_date=situation.completed_induction,
        mentor_funding_end_date=None,
        mentor_ineligible_reason=situation.mentor_ineligible_reason,
        frozen_cohort_left=situation.left_frozen_cohort,
        # An induction that the appropriate body has reported decides on eligibility for funding.
        induction_start_date=_first_day(situation) if is_known else None,
        last_induction_end_date=situation.completed_induction if is_ect else None,
        working_pattern=situation.working_pattern if is_ect else None,
        created_at=person["created_at"],
    )


def _first_day(situation: EcfSituation) -> str:
    years, day = _MONTHS[situation.schedule.rpartition("-")[2]]
    return situation.start_date or f"{situation.cohort + years}-{day}"


def _enrolment(
    builder: RowBuilder,
    data: ProviderData,
    partnership: Row,
    record: Row,
    situation: EcfSituation,
    mentors: list[Row],
) -> Row:
    person = next(each for each in reversed(builder.rows["people"]) if each["id"] == record["person_id"])
    created, first_day = person["created_at"], _first_day(situation)
    stopped = None
    if situation.training_status != "active":
        default = date.fromisoformat(first_day) + timedelta(days=120) + builder.days(40)
        stopped = builder.moment(date.fromisoformat(situation.end_date) if situation.end_date else default, 1)
    mentor = builder.pick(mentors) if mentors and record["participant_type"] == "ect" else None
    last_day = situation.end_date or (stopped[:10] if stopped else None)
    return builder.add(
        "enrolments",
        training_record_id=record["id"],
        person_id=person["id"],
        provider_id=data.provider["id"],
        **_place(builder, partnership),
        mentor_id=mentor["id"] if mentor and builder.likely(_HAVE_MENTOR) else None,
        email=person["email"],
        cohort=situation.cohort,
        schedule_identifier=situation.schedule,
        training_status=situation.training_status,
        status_reason=situation.reason,
        status_at=stopped,
        induction_status="active",
        start_date=first_day,
        end_date=last_day,
        period_start=first_day,
        schedule_changed_at=None,
        left_school_on=last_day if situation.left_school else None,
        created_at=created,
        updated_at=stopped or created,
    )


def _place(builder: RowBuilder, partnership: Row) -> Row:
    """Return the fields of an enrolment at the school of a partnership."""
    school = next(each for each in builder.rows["schools"] if each["id"] == partnership["school_id"])
    return {
        "partnership_id": partnership["id"],
        "delivery_partner_id": partnership["delivery_partner_id"],
        "school_urn": school["urn"],
    }


def add_declarations(
    builder: RowBuilder, data: ProviderData, enrolment: Row, situation: EcfSituation, *, by_new_provider: bool = False
) -> list[Row]:
    """Add and return the declarations of a situation by the provider of an enrolment."""
    course = "ecf-induction" if situation.participant_type == "ect" else "ecf-mentor"
    earlier = situation.declared if by_new_provider else ()
    rows: list[Row] = []
    for declaration_type, state in situation.new_provider_declared if by_new_provider else situation.declared:
        day = _declaration_day(builder, situation, declaration_type, len(earlier) + len(rows))
        evidence = builder.calendar.evidence(situation.cohort, course, declaration_type)
        rows.append(
            add_declaration(
                builder,
                data,
                created=builder.moment(day + timedelta(days=1), 15),
                day=day,
                person_id=enrolment["person_id"],
                programme="ecf",
                training_id=enrolment["training_record_id"],
                cohort=situation.cohort,
                course_identifier=course,
                declaration_type=declaration_type,
                state=state,
                evidence_held=evidence[0] if evidence else None,
                uplift=declaration_type == "started" and _has_uplift(situation),
                mentor_id=enrolment["mentor_id"],
                delivery_partner_id=enrolment["delivery_partner_id"],
            )
        )
    return rows


def _has_uplift(situation: EcfSituation) -> bool:
    return situation.cohort < _DETAILED_FROM and (situation.pupil_premium or situation.sparsity)


def _declaration_day(builder: RowBuilder, situation: EcfSituation, declaration_type: str, number: int) -> date:
    """Return a day soon after the window opens. Where it never closes, days follow the order of the types."""
    window = builder.calendar.window(situation.schedule, situation.cohort, declaration_type)
    if window is not None and window.end is not None:
        return builder.declaration_day(situation.schedule, situation.cohort, declaration_type)
    day = date.fromisoformat(_first_day(situation)) + timedelta(days=14 + 90 * number) + builder.days(10)
    return min(day, builder.latest.date() - timedelta(days=1))


def _end_funding(record: Row, declarations: list[Row]) -> None:
    """End a mentor's funding after a completed declaration."""
    for each in declarations:
        if each["declaration_type"] == "completed" and each["state"] != "voided":
            record["mentor_funding_end_date"] = each["declaration_date"][:10]
            record["mentor_ineligible_reason"] = "completed_declaration_received"


def _move(builder: RowBuilder, away: ProviderData, record: Row, leaving: Row, situation: EcfSituation) -> None:
    """Move the participant to a school of the other provider."""
    moved_on = situation.moves_on or f"{situation.cohort}-12-15"
    moved_at = builder.moment(_day_before(builder, moved_on), 1)
    leaving |= {"end_date": moved_on, "left_school_on": moved_on, "updated_at": moved_at}
    partnership = builder.pick(away.partnerships[situation.cohort])
    joining = _enrolment(builder, away, partnership, record, replace(situation, start_date=moved_on), [])
    joining |= {"created_at": moved_at, "updated_at": moved_at}
    add_declarations(builder, away, joining, situation, by_new_provider=True)
    _add_transfer(builder, record, leaving, moved_on, joining, moved_on, moved_at)


def _day_before(builder: RowBuilder, day: str) -> date:
    """Return the day before a move, or the latest day of the seed."""
    return min(date.fromisoformat(day) - timedelta(days=1), builder.latest.date())


def _change_school(
    builder: RowBuilder, home: ProviderData, record: Row, enrolment: Row, situation: EcfSituation
) -> None:
    """Move the participant to another school of the provider, an unknown one, or one that leads the training."""
    created = to_datetime(enrolment["created_at"]).date()
    left_on = situation.moves_on or str(created.replace(year=created.year + 1, month=8, day=31))
    moment = builder.moment(_day_before(builder, left_on), 1)
    left = dict(enrolment)
    if situation.changes_school == "confirmed":
        others = [each for each in home.partnerships[enrolment["cohort"]] if each["id"] != enrolment["partnership_id"]]
        joined_on = str(date.fromisoformat(left_on) + timedelta(days=1))
        enrolment |= {**_place(builder, builder.pick(others)), "updated_at": moment, "period_start": joined_on}
        _add_transfer(builder, record, left, left_on, enrolment, joined_on, moment)
        return
    enrolment |= {"end_date": left_on, "left_school_on": left_on, "updated_at": moment}
    joined = {"school_urn": builder.pick(builder.rows["schools"])["urn"]}
    if situation.changes_school == "school-led":
        _add_transfer(builder, record, left, left_on, joined, left_on, moment)
    else:
        _add_transfer(builder, record, left, left_on, {}, None, moment)


def _add_transfer(
    builder: RowBuilder, record: Row, left: Row, left_on: str, joined: Row, joined_on: str | None, moment: str
) -> None:
    """Add a transfer between two enrolments; `joined` is empty until the new school is known."""
    builder.add(
        "transfers",
        person_id=record["person_id"],
        training_record_id=record["id"],
        leaving_urn=left["school_urn"],
        leaving_provider_id=left["provider_id"],
        leaving_date=left_on,
        joining_urn=joined.get("school_urn"),
        joining_provider_id=joined.get("provider_id"),
        joining_date=joined_on,
        created_at=moment,
        updated_at=moment,
    )
