"""Add the ECF participants of the seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lead_provider_sandbox.domain.clock import to_datetime, to_instant
from lead_provider_sandbox.seed.payments import add_declaration
from lead_provider_sandbox.seed.provider_data import ProviderData
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import Declared, EcfSituation

_HAVE_MENTOR = 0.6


def add_participant(
    builder: RowBuilder, home: ProviderData, away: ProviderData, situation: EcfSituation, mentors: list[Row]
) -> None:
    """Add one participant of `home` in a situation; `away` is the provider of a move."""
    person = _person(builder, situation)
    record = _training_record(builder, person, situation)
    partnership = home.challenged if situation.challenged else builder.pick(home.partnerships[situation.cohort])
    enrolment = _enrolment(builder, home, partnership, person, record, situation, mentors)
    declarations = _declarations(builder, home, enrolment, situation, situation.declared)
    if situation.participant_type == "mentor":
        mentors.append(person)
        _fund_mentor(record, declarations)
    if situation.also_mentor:
        second = replace(situation, participant_type="mentor", also_mentor=False, training_status="active", reason=None)
        mentor_record = _training_record(builder, person, second)
        _enrolment(builder, home, partnership, person, mentor_record, second, [])
    if situation.merged:
        builder.add_id_change(person)
    if situation.moves_to_other_provider:
        _move(builder, away, person, record, enrolment, situation)
    if situation.changes_school:
        _change_school(builder, home, record, enrolment, confirmed=situation.changes_school == "confirmed")
    if situation.mentored_elsewhere:
        # A mentor without training (behaviour UNF-LIST).
        enrolment["mentor_id"] = builder.person(builder.trn(), person["created_at"])["id"]
    _touch(person, enrolment)


def _person(builder: RowBuilder, situation: EcfSituation) -> Row:
    trn = builder.trn()
    person = builder.person(
        trn if situation.trn == "known" else None,
        builder.registered(situation.cohort),
        claimed_trn=None if situation.trn == "none" else trn,
        id=situation.id,
        full_name=situation.full_name,
    )
    if situation.trn == "shared":
        earlier = next(each for each in reversed(builder.rows["people"][:-1]) if each["trn"])
        person |= {"trn": earlier["trn"], "claimed_trn": earlier["trn"]}
    return person


def _training_record(builder: RowBuilder, person: Row, situation: EcfSituation) -> Row:
    return builder.add(
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
    builder: RowBuilder,
    data: ProviderData,
    partnership: Row,
    person: Row,
    record: Row,
    situation: EcfSituation,
    mentors: list[Row],
) -> Row:
    created = person["created_at"]
    stopped = None
    if situation.training_status != "active":
        stopped = builder.moment(date(situation.cohort + 1, 2, 5), 40)
    mentor = builder.pick(mentors) if mentors and record["participant_type"] == "ect" else None
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
        induction_status=situation.induction_status,
        start_date=situation.start_date or f"{situation.cohort}-09-01",
        end_date=situation.end_date,
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


def _declarations(
    builder: RowBuilder,
    data: ProviderData,
    enrolment: Row,
    situation: EcfSituation,
    declared: Declared,
) -> list[Row]:
    rows = []
    is_ect = situation.participant_type == "ect"
    for declaration_type, state in declared:
        day = builder.declaration_day(situation.schedule, situation.cohort, declaration_type)
        created = builder.moment(day + timedelta(days=1), 15)
        rows.append(
            add_declaration(
                builder,
                data,
                created=created,
                day=day,
                person_id=enrolment["person_id"],
                programme="ecf",
                training_id=enrolment["training_record_id"],
                cohort=situation.cohort,
                course_identifier="ecf-induction" if is_ect else "ecf-mentor",
                declaration_type=declaration_type,
                state=state,
                evidence_held=None if declaration_type == "started" else "training-event-attended",
                uplift=is_ect and declaration_type == "started" and (situation.pupil_premium or situation.sparsity),
                mentor_id=enrolment["mentor_id"],
                delivery_partner_id=enrolment["delivery_partner_id"],
            )
        )
    return rows


def _fund_mentor(record: Row, declarations: list[Row]) -> None:
    """End a mentor's funding after a completed declaration (behaviour PECF-V3-MENTOR-FUNDING-END)."""
    for each in declarations:
        if each["declaration_type"] == "completed":
            record["mentor_funding_end_date"] = each["declaration_date"][:10]
            record["mentor_ineligible_reason"] = "completed_declaration_received"


def _move(
    builder: RowBuilder, away: ProviderData, person: Row, record: Row, leaving: Row, situation: EcfSituation
) -> None:
    """Move the participant to a school of the other provider."""
    moved_on = f"{situation.cohort}-12-15"
    moved_at = to_instant(to_datetime(f"{moved_on}T09:30:00.000000Z"))
    leaving |= {"induction_status": "leaving", "end_date": moved_on, "updated_at": moved_at}
    partnership = builder.pick(away.partnerships[situation.cohort])
    joining = _enrolment(builder, away, partnership, person, record, replace(situation, start_date=moved_on), [])
    joining |= {"created_at": moved_at, "updated_at": moved_at}
    _declarations(builder, away, joining, situation, situation.new_provider_declared)
    _add_transfer(builder, record, leaving, moved_on, joining, moved_on, moved_at)
    _touch(person, joining)


def _touch(person: Row, *changed: Row) -> None:
    """Set a person's change time to the latest of their records (behaviour PECF-V12-UPDATED-AT)."""
    person["updated_at"] = max([person["updated_at"], *(each["updated_at"] for each in changed)])


def _change_school(builder: RowBuilder, home: ProviderData, record: Row, enrolment: Row, *, confirmed: bool) -> None:
    """Move the participant to another school of the provider, or to one that has not confirmed yet."""
    moment = builder.moment(date(2024, 9, 2), 20)
    if not confirmed:
        enrolment |= {"induction_status": "leaving", "end_date": "2099-08-31", "updated_at": moment}
        _add_transfer(builder, record, enrolment, "2099-08-31", {}, None, moment)
        return
    left = dict(enrolment)
    others = [each for each in home.partnerships[enrolment["cohort"]] if each["id"] != enrolment["partnership_id"]]
    joined = builder.pick(others)
    enrolment |= {**_place(builder, joined), "updated_at": moment}
    _add_transfer(builder, record, left, "2024-08-31", enrolment, "2024-09-01", moment)


def _add_transfer(
    builder: RowBuilder, record: Row, left: Row, left_on: str, joined: Row, joined_on: str | None, moment: str
) -> None:
    """Add a transfer between two enrolments; `joined` is empty until the new school confirms."""
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
