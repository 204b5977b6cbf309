"""Who may ask at all: every operation, with no token, an unknown one, and one in the wrong form."""

from lead_provider_conformance.http.client import NO_CREDENTIAL, Credential
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID

NOBODYS_TOKEN = Credential.bearer("nobody's token", "ugly-but-nobodys-4f7c1e")


def ask(api, operation, credential, **what):
    """The operation's request about nobody: a server that forgets to ask for the token has nothing to change."""
    body = {"data": {"type": "anything", "attributes": {}}} if operation.method in ("POST", "PUT") else None
    path = operation.path.replace("{id}", NOBODYS_ID)
    api = api.with_credential(credential)
    return api.send(operation.method, path, body=body, deliberate="not authenticated", **what)


@verifies("authentication/token-required")
def test_without_a_token(api, operation):
    assert ask(api, operation, NO_CREDENTIAL).status == 401


@verifies("authentication/token-known")
def test_with_a_token_that_nobody_has(api, operation):
    assert ask(api, operation, NOBODYS_TOKEN).status == 401


@verifies("authentication/scheme")
def test_with_the_token_in_another_form(api, run):
    token = run.target.tokens[0]
    for header in (token, f"Basic {token}"):
        answer = api.with_credential(Credential("the token, not as Bearer", header)).list_participants()
        assert answer.status == 401


@verifies("authentication/comes-first")
def test_the_token_is_asked_for_before_anything_else(api):
    stranger = api.with_credential(NOBODYS_TOKEN)

    assert stranger.show_participant(NOBODYS_ID).status == 401
    assert stranger.list_participants(("page[page]", "none"), deliberate="page that is no number").status == 401


@verifies("authentication/refused-write-changes-nothing")
def test_a_write_without_a_token_changes_nothing(api, states):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).resource

    assert api.with_credential(NO_CREDENTIAL).defer(ect).status == 401

    assert api.show_participant(ect.id).resource == before
