"""A second provider may see its own former participants, and no others."""

from types import SimpleNamespace

import pytest

from lead_provider_conformance.fuzzing.stateful.observe import visible_to_second_provider

ACTIVE = {"participant_type": "ect", "status": "active", "training_status": "active"}
PARTICIPANT_ID = "9d2df96b-ae04-4bca-9f43-a27cc6475220"


def visible(*, status, listed, declarations=(), attributes=ACTIVE):
    resource = {"id": PARTICIPANT_ID, "attributes": attributes}
    api = SimpleNamespace(
        show_participant=lambda _: SimpleNamespace(status=status, resource=resource),
        declarations_about=lambda _: [SimpleNamespace(id=each) for each in declarations],
    )
    lists = SimpleNamespace(participant_ids={PARTICIPANT_ID} if listed else set())
    progress = SimpleNamespace(
        apis=SimpleNamespace(second_provider=api, second_provider_lists=lists),
        participant=SimpleNamespace(id=PARTICIPANT_ID),
        application=None,
        declared={"started": "ours"},
    )
    return list(visible_to_second_provider(progress))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"status": 404, "listed": False}, []),
        ({"status": 200, "listed": False}, ["another provider sees the participant"]),
        ({"status": 500, "listed": True}, ["another provider sees the participant"]),
        ({"status": 200, "listed": True, "declarations": ["theirs"]}, []),
        ({"status": 200, "listed": True, "declarations": ["ours"]}, ["another provider sees the declarations"]),
        ({"status": 404, "listed": False, "declarations": ["theirs"]}, ["another provider sees the declarations"]),
    ],
)
def test_participant_of_a_second_provider_before_the_journey_may_be_seen(options, expected):
    assert visible(**options) == expected
