"""Requests to every operation without a valid token."""

from itertools import cycle

import pytest

from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.http.credential import NO_CREDENTIAL, Credential
from lead_provider_conformance.http.transport import READ_ONLY
from lead_provider_conformance.model import CouldNotRun, ReadOnlyTarget
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.run.checks import ObservedFailure

UNKNOWN_TOKEN = Credential.bearer("an unknown token", "ugly-but-nobodys-4f7c1e")
# `Token` and `bearer` in lower case are missing: a server may accept them.
OTHER_FORMS = ("{token}", "Basic {token}", "Bearer ", "ApiKey {token}")
PARTICIPANT = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}


@pytest.fixture
def implemented(operations, run):
    """The operations that the target implements."""
    found = [each for each in operations if run.target.implements(each.id)]
    if not found:
        raise CouldNotRun(
            "The target file lists no operation of this programme.",
            "Leave the programme out of `programmes`, or add its operations to `operations`.",
        )
    return found


@pytest.fixture
def of_another_kind(run):
    """A token that the server knows, but not as a lead provider's."""
    if run.target.other_kind_token is None:
        raise CouldNotRun(
            "This needs a token that the server knows, but not as a lead provider's.",
            "Name one as `other_kind_token` in the target file.",
        )
    return Credential.bearer("OTHER_KIND_TOKEN", run.target.other_kind_token)


def send(api, operation, credential):
    """Send the operation's request about an unknown record, so that a server without authentication changes nothing."""
    body = {"data": {"type": "anything", "attributes": {}}} if operation.method in ("POST", "PUT") else None
    path = operation.path.replace("{id}", UNKNOWN_ID).replace("{participant_id}", UNKNOWN_ID)
    return api.with_credential(credential).send(operation.method, path, body=body, deliberate="not authenticated")


def all_refused(check, requirement, api, credentials, *statuses):
    """Decide the requirement by the responses to pairs of an operation and a credential, and return them.

    Leave out the operations that write if the target may only be read. Raise CouldNotRun if no other is left.
    """
    wanted = " or ".join(map(str, statuses))
    responses, left_out = [], []
    for operation, credential in credentials:
        try:
            responses.append(send(api, operation, credential))
        except ReadOnlyTarget:
            left_out.append(operation)
    if not responses:
        raise CouldNotRun(*READ_ONLY)
    if left_out:
        names = ", ".join(f"{each.method} {each.path}" for each in left_out)
        check.leave_out(requirement, f"Left out, because the target may only be read: {names}.", READ_ONLY[1])
    let_in = [each for each in responses if each.status not in statuses]
    named = ", ".join(f"{each.method} {each.path} → {each.status}" for each in let_in)
    reason = f"{len(let_in)} of {len(responses)} operations do not return {wanted}: {named}."
    check.decide(requirement, [ObservedFailure(reason, [each.exchange for each in let_in])] if let_in else [])
    return responses


@verifies("authentication/token-required", "authentication/refusal-form")
def test_request_without_a_token_is_refused(api, implemented, check):
    credentials = [(each, NO_CREDENTIAL) for each in implemented]
    responses = all_refused(check, "authentication/token-required", api, credentials, 401)

    with check("authentication/refusal-form"):
        for response in responses:
            assert response.members == ("error",)
            error = response.json.get("error")
            assert isinstance(error, str), f"error is {error!r}, which is not a text."


@verifies("authentication/token-known")
def test_unknown_token_is_refused(api, run, implemented, check):
    unknown = [(each, UNKNOWN_TOKEN) for each in implemented]
    token = run.target.tokens[0]
    # A server that compares the beginning only would accept them.
    altered = [Credential.bearer("the token and one letter more", f"{token}x")]
    if beginning := Credential.beginning_of(token):
        altered.append(beginning)

    all_refused(
        check, "authentication/token-known", api, [*unknown, *((implemented[0], each) for each in altered)], 401
    )


@verifies("authentication/scheme")
def test_token_without_the_bearer_scheme_is_refused(api, run, implemented, check):
    token = run.target.tokens[0]
    forms = [Credential("the token, not as Bearer", form.format(token=token)) for form in OTHER_FORMS]
    sent = list(zip(implemented, cycle(forms), strict=False))
    if token.swapcase() != token:
        sent.append((implemented[0], Credential.like("the token in other letters", token.swapcase())))

    all_refused(check, "authentication/scheme", api, sent, 401)


@verifies("authentication/other-kind")
def test_token_of_another_kind_is_refused(api, of_another_kind, implemented, check):
    all_refused(check, "authentication/other-kind", api, [(each, of_another_kind) for each in implemented], 403, 401)


@verifies("authentication/comes-first")
def test_unknown_token_is_refused_before_other_errors(api, check):
    stranger = api.with_credential(UNKNOWN_TOKEN)

    assert stranger.list_participants(("page[page]", "none"), deliberate="page that is no number").status == 401
    with check.unless_read_only():
        assert stranger.send("POST", stranger.declarations, body={}, deliberate="no data").status == 401


@verifies("authentication/refused-write-changes-nothing", "authentication/refusal-form")
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_write_without_a_token_changes_nothing(api, states, check):
    participant = states.claim(PARTICIPANT[api.programme])
    before = api.show_participant(participant.id)

    refusals = []
    with check.unless_read_only("authentication/refusal-form"):
        refusals = [api.with_credential(each).defer(participant) for each in (NO_CREDENTIAL, UNKNOWN_TOKEN)]
    if not refusals:
        raise CouldNotRun(*READ_ONLY)
    with check("authentication/refused-write-changes-nothing"):
        for refusal in refusals:
            assert refusal.status == 401
        assert api.show_participant(participant.id).resource == before.resource

    with check("authentication/refusal-form"):
        for refusal in refusals:
            assert refusal.media_type == before.media_type
