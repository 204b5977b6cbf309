"""The profile of a client."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lead_provider_conformance.config import profile
from lead_provider_conformance.config.profile import EDITION, OPERATIONS_OF_TASKS, Attestation, Profile
from lead_provider_conformance.contract.contract import operation_ids
from lead_provider_conformance.model import Scope, UsageError
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.script import TaskKind

EXAMPLES = Path(__file__).parents[3] / "examples" / "client"
OBLIGATIONS = Obligations.load()
HEAD = "name: mine\nprogramme: ecf\n"


def load(folder: Path, text: str) -> Profile:
    path = folder / "provider.yaml"
    path.write_text(text, encoding="utf-8")
    return profile.load(path, OBLIGATIONS.attestable)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert message.startswith(str(folder / "provider.yaml"))
    assert "\n" not in message
    return message


def test_defaults_are_all_operations_and_prompts(tmp_path: Path) -> None:
    assert load(tmp_path, HEAD) == Profile(name="mine")
    assert Profile().edition == EDITION
    assert Profile().drive == "prompt"


def test_profile_knows_its_file(tmp_path: Path) -> None:
    assert load(tmp_path, HEAD).file == tmp_path / "provider.yaml"


def test_every_key_is_read(tmp_path: Path) -> None:
    text = """
name: mine
description: Build 7
version: v3
programme: npq
edition: 2026-08
operations: [list_npq_participants]
drive: self
poll_minutes: 15
people: [errors/422-corrected]
attestations: [{requirement: errors/logged, by: Jo, on: 2026-11-20}]
waivers: [{requirement: rate/spread, owner: Jo, reason: Soon, expires: 2027-01-31}]
contact: jo@provider.example
"""
    read = load(tmp_path, text)

    assert (read.programme, read.drive, read.poll_minutes) == ("npq", "self", 15)
    assert read.operations == {"list_npq_participants"}
    assert read.attestations == (Attestation("errors/logged", "Jo", "2026-11-20"),)
    assert not read.attestations[0].is_example
    assert [(each.requirement, each.expires) for each in read.waivers] == [("rate/spread", date(2027, 1, 31))]
    assert read.settings == {"poll_minutes": 15, "people": ["errors/422-corrected"], "contact": "jo@provider.example"}


def test_command_is_how_the_client_is_driven(tmp_path: Path) -> None:
    assert load(tmp_path, HEAD + "command: ./sync --quick\n").drive == "command"


def test_tasks_of_people_take_their_operations_from_the_system(tmp_path: Path) -> None:
    read = load(tmp_path, HEAD + "people: [withdraw, errors/422-corrected]\n")

    assert read.operations == operation_ids(EDITION, Scope("v3", "ecf")) - {"withdraw_ecf_participant"}
    assert load(tmp_path, HEAD + "people: [errors/422-corrected]\n").operations is None


def test_every_kind_of_task_has_its_operations() -> None:
    known = operation_ids(EDITION, Scope("v3", "ecf")) | operation_ids(EDITION, Scope("v3", "npq"))

    assert set(OPERATIONS_OF_TASKS) == set(TaskKind)
    assert frozenset().union(*OPERATIONS_OF_TASKS.values()) <= known


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_example_attests_everything_that_can_be_attested(programme: str) -> None:
    read = profile.load(EXAMPLES / f"provider-{programme}.yaml", OBLIGATIONS.attestable)

    assert read.programme == programme
    assert all(each.is_example for each in read.attestations)
    assert {each.requirement for each in read.attestations} == {
        each.id for each in OBLIGATIONS.of(EDITION, programme) if each.is_attestable
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: mine\n", "`programme` is missing at the top level; add it."),
        (HEAD + "opertions: [x]\n", "there is no key `opertions` at the top level; did you mean `operations`?"),
        (HEAD + "version: v2\n", "`version` is not valid"),
        (HEAD + "edition: 2024-99\n", "there is no `edition` 2024-99 of the contract; choose 2024-12 or"),
        (
            HEAD + "operations: [list_ecf_participant]\n",
            "`operations[0]` names list_ecf_participant, which edition 2026-08 does not have for ECF; did you mean",
        ),
        (HEAD + "operations: [accept_npq_application]\n", "does not have for ECF"),
        (HEAD + "drive: prompt\ncommand: ./sync\n", "`command` is set, and `drive` is prompt; leave one of them out."),
        (
            HEAD + "people: [withdrawing]\n",
            "`people[0]` is withdrawing, neither a kind of task nor a requirement of clients; did you mean withdraw",
        ),
        (
            HEAD + "attestations: [{requirement: errors/loged, by: Jo, on: 2026-11-20}]\n",
            "is errors/loged, which is no requirement of clients; did you mean errors/logged",
        ),
        (
            HEAD + "attestations: [{requirement: paging/all-pages, by: Jo, on: 2026-11-20}]\n",
            "`attestations[0].requirement` is paging/all-pages, which traffic shows; remove the attestation.",
        ),
        (
            HEAD + "attestations: [{requirement: errors/logged, by: Jo, on: yesterday}]\n",
            "`attestations[0].on` is not valid: 'yesterday' is not a valid date.",
        ),
        (
            HEAD + "attestations:\n" + 2 * "- {requirement: errors/logged, by: Jo, on: 2026-11-20}\n",
            "`attestations` has errors/logged 2 times; leave one.",
        ),
        (HEAD + "waivers: [{owner: A, reason: B, expires: '2099-01-01'}]\n", "`waivers[0]` names neither"),
        (HEAD + "waivers: [{requirement: a/b, ower: A}]\n", "there is no key `ower` at `waivers[0]`"),
        (
            HEAD + "waivers: [{requirement: paging/all, owner: A, reason: B, expires: '2099-01-01'}]\n",
            "`waivers[0].requirement` is paging/all, which is no requirement of clients; did you mean paging/all-pages",
        ),
        (HEAD + "poll_minutes: 0\n", "`poll_minutes` is not valid: 0 must be at least 1."),
    ],
)
def test_mistake_is_one_sentence_with_the_key(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, text)
