"""Records are matched by id, or else by a key."""

from __future__ import annotations

from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.records import KEYS, match

from .servers import record

PARTICIPANTS = KEYS["ecf_participants"]


def test_records_with_same_id_are_matched_by_it() -> None:
    matching = match([record(1), record(2)], [record(2), record(3)], Identities(), PARTICIPANTS)

    assert matching.pairs == ((1, 0),)
    assert (matching.left, matching.right) == ((0,), (1,))
    assert matching.ways == {"id": 1}


def test_records_with_other_ids_are_matched_by_trn() -> None:
    identities = Identities()
    left = [record(1, teacher_reference_number="1"), record(2, teacher_reference_number="2")]
    right = [record(12, teacher_reference_number="2"), record(11, teacher_reference_number="1")]

    matching = match(left, right, identities, PARTICIPANTS)

    assert matching.pairs == ((0, 1), (1, 0))
    assert matching.ways == {"teacher_reference_number": 2}
    assert identities.right_of(left[0]["id"]) == right[1]["id"]
    assert match(left, right, identities).ways == {"id": 2}


def test_key_of_several_records_matches_none() -> None:
    left = [record(1, full_name="A", cohort=2024), record(2, full_name="A", cohort=2024)]

    matching = match(left, [record(3, full_name="A", cohort=2024)], Identities(), PARTICIPANTS)

    assert matching.pairs == ()


def test_declaration_is_matched_by_its_participant_on_the_right() -> None:
    identities = Identities()
    identities.learn("p-left", "p-right")
    own = {"declaration_type": "started", "course_identifier": "ecf-induction", "declaration_date": "2024-10-01"}

    matching = match(
        [record(1, participant_id="p-left", **own)],
        [record(2, participant_id="p-right", **own)],
        identities,
        KEYS["participant_declarations"],
    )

    assert matching.pairs == ((0, 0),)


def test_records_of_participants_with_two_trainings_are_matched_by_training() -> None:
    one, other = record(1, training_record_id="a"), record(1, training_record_id="b")

    assert match([one, other], [other, one], Identities()).pairs == ((0, 1), (1, 0))


def test_unknown_ids_are_same_only_after_a_record_was_matched_by_key() -> None:
    identities, ids = Identities(), [record(number)["id"] for number in range(4)]

    assert not identities.are_same(ids[0], ids[1])
    identities.learn("left", "right")
    assert identities.are_same(ids[0], ids[1])
    assert not identities.are_same(ids[0], ids[2])
    assert not identities.are_same(ids[3], ids[1])
    assert not identities.are_same("a", "b")
