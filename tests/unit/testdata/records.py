"""Records of the tests of this folder."""

ECT = {
    "participant_type": "ect",
    "participant_status": "active",
    "cohort": "2023",
    "schedule_identifier": "ecf-standard-september",
    "training_status": "active",
    "eligible_for_funding": True,
}
"""The enrolment of an early career teacher in training, whose windows have opened."""
