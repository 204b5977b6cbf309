"""The tables of lifecycles are consistent."""

from __future__ import annotations

import pytest

from lead_provider_sandbox.domain.lifecycles import DECLARATION, LIFECYCLES, LIVE, TRAINING, Lifecycle


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda each: each.name)
def test_every_event_leads_to_a_known_state(lifecycle: Lifecycle) -> None:
    followers = {state for events in lifecycle.transitions.values() for state in events.values()}

    assert followers | set(lifecycle.initial) == set(lifecycle.states)


def test_void_claws_back_paid_declarations_only() -> None:
    voided = {state: DECLARATION.after(state, "void") for state in DECLARATION.states}

    assert voided == {
        "submitted": "voided",
        "eligible": "voided",
        "payable": "voided",
        "paid": "awaiting-clawback",
        "awaiting-clawback": None,
        "clawed-back": None,
        "ineligible": "voided",
        "voided": None,
    }


def test_live_states_are_not_final() -> None:
    assert all(DECLARATION.transitions[state] for state in LIVE)


def test_withdrawn_participant_can_only_resume() -> None:
    assert TRAINING.transitions["withdrawn"] == {"resume": "active"}
