"""Who may ask at all: every operation, with no token, an unknown one, and one in the wrong form."""

import pytest

from lead_provider_conformance.http.client import NO_CREDENTIAL, Credential
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID

NOBODYS_TOKEN = Credential.bearer("nobody's token", "ugly-but-nobodys-4f7c1e")
PARTICIPANT = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}


@pytest.fixture
def operations(contract, run, scope):
    """Every operation of the programme under test that the target implements."""
    return [
        each for each in contract.operations if scope.programme in each.programmes and run.target.implements(each.id)
    ]


def ask(api, operation, credential):
    """The operation's request about nobody: a server that forgets to ask for the token has nothing to change."""
    body = {"data": {"type": "anything", "attributes": {}}} if operation.method in ("POST", "PUT") else None
    path = operation.path.replace("{id}", NOBODYS_ID).replace("{participant_id}", NOBODYS_ID)
    return api.with_credential(credential).send(operation.method, path, body=body, deliberate="not authenticated")


def assert_all_refused(answers):
    let_in = [f"{each.method} {each.path} → {each.status}" for each in answers if each.status != 401]
    assert not let_in, f"{len(let_in)} of {len(answers)} operations do not answer 401: {', '.join(let_in)}."


@verifies("authentication/token-required", "authentication/refusal-form")
def test_without_a_token(api, operations, check):
    usual = api.list_participants().media_type
    answers = [ask(api, each, NO_CREDENTIAL) for each in operations]

    with check("authentication/token-required"):
        assert_all_refused(answers)

    with check("authentication/refusal-form"):
        for answer in answers:
            assert answer.members == ("error",)
            assert isinstance(answer.json.get("error"), str)
            assert answer.media_type == usual


@verifies("authentication/token-known")
def test_with_a_token_that_nobody_has(api, operations):
    assert_all_refused([ask(api, each, NOBODYS_TOKEN) for each in operations])


@verifies("authentication/scheme")
def test_with_the_token_in_another_form(api, run):
    token = run.target.tokens[0]
    for header in (token, f"Basic {token}", "Bearer "):
        answer = api.with_credential(Credential("the token, not as Bearer", header)).list_participants()
        assert answer.status == 401


@verifies("authentication/comes-first")
def test_the_token_is_asked_for_before_anything_else(api):
    stranger = api.with_credential(NOBODYS_TOKEN)

    assert stranger.list_participants(("page[page]", "none"), deliberate="page that is no number").status == 401
    assert stranger.send("POST", stranger.declarations, body={}, deliberate="no data").status == 401


@verifies("authentication/refused-write-changes-nothing")
def test_a_write_without_a_token_changes_nothing(api, states):
    participant = states.claim(PARTICIPANT[api.programme])
    before = api.show_participant(participant.id).resource

    assert api.with_credential(NO_CREDENTIAL).defer(participant).status == 401
    assert api.with_credential(NOBODYS_TOKEN).defer(participant).status == 401

    assert api.show_participant(participant.id).resource == before
