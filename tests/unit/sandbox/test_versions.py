"""A record has exactly the fields of each version."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_sandbox.serializers.csv_files import APPLICATION_COLUMNS_V1

ECF_OLD = [
    "email",
    "full_name",
    "mentor_id",
    "school_urn",
    "participant_type",
    "cohort",
    "status",
    "teacher_reference_number",
    "teacher_reference_number_validated",
    "eligible_for_funding",
    "pupil_premium_uplift",
    "sparsity_uplift",
    "training_status",
    "training_record_id",
    "schedule_identifier",
    "updated_at",
]
DECLARATIONS = {
    "v1": [
        "participant_id",
        "declaration_type",
        "course_identifier",
        "eligible_for_payment",
        "declaration_date",
        "updated_at",
        "voided",
        "state",
        "has_passed",
    ],
    "v2": [
        "participant_id",
        "declaration_type",
        "course_identifier",
        "declaration_date",
        "updated_at",
        "state",
        "has_passed",
    ],
}
NPQ = {
    "v1": {
        "participant_id",
        "email",
        "full_name",
        "npq_courses",
        "funded_places",
        "teacher_reference_number",
        "updated_at",
    },
    "v2": {"email", "full_name", "teacher_reference_number", "updated_at", "npq_enrolments"},
    "v3": {"full_name", "teacher_reference_number", "updated_at", "npq_enrolments", "participant_id_changes"},
}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_ecf_participant_in_versions_1_and_2(api: Any, version: str) -> None:
    ect = api.untouched()

    old = api.get(f"participants/ecf/{ect['id']}", version=version).data["attributes"]

    new = ect["attributes"]["ecf_enrolments"][0]
    assert list(old) == ECF_OLD
    shared = set(old) & set(new)
    assert {name: old[name] for name in shared} == {name: new[name] for name in shared}
    assert (old["full_name"], old["updated_at"]) == (ect["attributes"]["full_name"], ect["attributes"]["updated_at"])


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_declaration_in_versions_1_and_2(api: Any, version: str) -> None:
    for made in api.declarations():
        old = api.get(f"participant-declarations/{made['id']}", version=version).data["attributes"]

        assert list(old) == DECLARATIONS[version]
        shared = set(old) & set(made["attributes"])
        assert {name: old[name] for name in shared} == {name: made["attributes"][name] for name in shared}
        if version == "v1":
            assert old["voided"] == (old["state"] == "voided")
            assert old["eligible_for_payment"] == (old["state"] in ("eligible", "payable"))


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_npq_participant_in_every_version(api: Any, version: str) -> None:
    shown = api.get("participants/npq", version=version).data[0]

    assert set(shown["attributes"]) == NPQ[version]
    assert shown["type"] == "npq-participant"


def test_application_shows_schedule_in_version_3_only(api: Any) -> None:
    shown = {
        version: api.get("npq-applications", version=version).data[0]["attributes"] for version in ("v1", "v2", "v3")
    }

    assert set(shown["v1"]) == set(shown["v2"]) == set(APPLICATION_COLUMNS_V1) - {"id"}
    assert set(shown["v3"]) - set(shown["v1"]) == {"schedule_identifier"}


def test_outcome_shows_updated_at_in_version_3_only(api: Any) -> None:
    old, new = (set(api.get("participants/npq/outcomes", version=each).data[0]["attributes"]) for each in ("v1", "v3"))

    assert new - old == {"updated_at"}


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_declaration_posted_in_one_version_appears_in_all(api: Any, version: str) -> None:
    ect = api.untouched()
    attributes = {
        "participant_id": ect["id"],
        "declaration_type": "started",
        "declaration_date": "2023-09-01T10:00:00Z",
        "course_identifier": "ecf-induction",
    }

    posted = [api.post("participant-declarations", version=each, **attributes) for each in (version, "v1", "v2", "v3")]

    assert {each.status for each in posted} == {200}
    assert len({each.data["id"] for each in posted}) == 1


def test_json_suffix_is_ignored(api: Any) -> None:
    assert api.get("participants/ecf.json").content == api.get("participants/ecf").content


def test_head_behaves_like_get(api: Any) -> None:
    assert api.send("HEAD", "/api/v3/participants/ecf").status == 200
