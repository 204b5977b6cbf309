"""A target comes from a file or from options; each mistake in them has one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.target import Limits, Rate, RateLimits, Start, Target
from lead_provider_conformance.config.target_file import TargetError
from lead_provider_conformance.model import Safety, UsageError

TOKENS = ("token-of-the-first", "token-of-the-second")

WITH_OTHER_KIND = f"name: mine\nbase_url: https://x.org\ntokens: [{TOKENS[0]}]\nother_kind_token: "


def load(folder: Path, text: str, **environment: str) -> Target:
    path = folder / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return target_file.load(path, environment)


def refusal(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder, text, **environment)
    message = str(caught.value)
    assert message.startswith(str(folder / "target.yaml"))
    assert "\n" not in message
    return message


def test_file_with_every_kind_of_key(tmp_path: Path) -> None:
    target = load(
        tmp_path,
        "name: mine\nbase_url: https://api.example.org/\ntokens: ['${ONE}', '${TWO}']\nversions: [v1, v3]\n"
        "programmes: [npq]\nsafety: sandbox\nlimits: {answer_seconds: 3}\n"
        "start: {command: [serve, '{port}'], ready: /up}\n"
        "edition: 2025-04\n"
        "states: {ect.started: [6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11]}\n"
        "waivers: [{requirement: void/once, owner: Jo, reason: known, expires: 2027-03-31}]\n",
        ONE=TOKENS[0],
        TWO=TOKENS[1],
    )

    assert target.base_url == "https://api.example.org"
    assert (target.tokens, target.versions, target.programmes) == (TOKENS, ("v1", "v3"), ("npq",))
    assert (target.safety, target.limits) == (Safety.SANDBOX, Limits(answer_seconds=3))
    assert target.start == Start(("serve", "{port}"), "/up")
    assert target.edition == "2025-04"
    assert target.states == {"ect.started": ("6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11",)}
    assert target.waivers[0].expires.isoformat() == "2027-03-31"


@pytest.mark.parametrize(
    ("rate", "limits"),
    [
        ("{requests: 9, per_seconds: 3}", RateLimits(token=Rate(9, 3))),
        ("{address: {requests: 9, per_seconds: 3}}", RateLimits(address=Rate(9, 3))),
        (
            "{requests: 9, per_seconds: 3, address: {requests: 12, per_seconds: 3}, pause_seconds: 0.1}",
            RateLimits(Rate(9, 3), Rate(12, 3), 0.1),
        ),
    ],
)
def test_rates_of_token_and_address_and_a_pause(tmp_path: Path, rate: str, limits: RateLimits) -> None:
    assert load(tmp_path, f"name: mine\nbase_url: https://x.org\nrate: {rate}\n").rate == limits


def test_target_is_read_only_by_default(tmp_path: Path) -> None:
    assert load(tmp_path, "name: mine\nbase_url: https://x.org\n").safety is Safety.READ_ONLY
    assert target_file.from_options("https://x.org", environment={}).safety is Safety.READ_ONLY


def test_target_implements_the_listed_operations(tmp_path: Path) -> None:
    part = load(tmp_path, "name: mine\nbase_url: https://x.org\noperations: [show_ecf_participant]\n")
    whole = load(tmp_path, "name: mine\nbase_url: https://x.org\n")

    assert part.implements("show_ecf_participant")
    assert not part.implements("defer_ecf_participant")
    assert whole.implements("defer_ecf_participant")


def test_representation_leaves_tokens_out(tmp_path: Path) -> None:
    assert "token-of" not in repr(target_file.from_options("https://x.org", tokens=TOKENS))
    assert "token-of" not in repr(load(tmp_path, f"{WITH_OTHER_KIND}'${{ANOTHER}}'\n", ANOTHER=TOKENS[1]))


def test_token_of_another_kind_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, "name: mine\nbase_url: https://x.org\n").other_kind_token is None
    assert load(tmp_path, f"{WITH_OTHER_KIND}'${{ANOTHER}}'\n", ANOTHER=TOKENS[1]).other_kind_token == TOKENS[1]


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("short", "`other_kind_token` has fewer than 8 characters"),
        ("token with spaces", "`other_kind_token` has a space"),
        (TOKENS[0], "`other_kind_token` is also among `tokens`"),
    ],
)
def test_invalid_token_of_another_kind_is_refused(tmp_path: Path, token: str, sentence: str) -> None:
    text = refusal(tmp_path, f"{WITH_OTHER_KIND}{token}\n")

    assert sentence in text
    assert token not in text


@pytest.mark.parametrize("name", ["example", "sandbox"])
def test_shipped_target_can_be_read(name: str) -> None:
    environment = {"LEAD_PROVIDER_TOKEN": TOKENS[0], "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1]}

    assert target_file.load(target_file.find(name), environment).tokens


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: [", ":2:1 is not YAML: "),
        ("name: a\n\tbase_url: b", ":2:1 is not YAML: "),
        ("name: a\ntokens: [${ONE}, ${OTHER}]", "; put ${…} between quotes."),
        ("- one\n", "is not a target file"),
        ("", "is not a target file"),
        ("just text", "is not a target file"),
        ("base_url: https://x.org", "`name` is missing at the top level; add it."),
        ("name: mine", "names no server"),
        ("name: mine\nbase_ulr: x", "did you mean `base_url`?"),
        ("name: mine\nzzz: x", "the keys here are "),
        (
            "name: mine\nlimits: {answer_second: 1}",
            ":2: there is no key `answer_second` at `limits`; did you mean `answer_seconds`?",
        ),
        ("name: mine\nlimits: {answer_seconds: 0}", "`limits.answer_seconds`"),
        ("name: mine\nrate: {requests: 1000}", "per_seconds"),
        ("name: mine\nrate: {address: {requests: 1000}}", "per_seconds"),
        ("name: mine\nrate: {}", "`rate`"),
        ("name: mine\nversions: [v4]", "`versions[0]` is not valid: 'v4' is not one of 'v1', 'v2', 'v3'."),
        ("name: mine\nversions: []", "`versions`"),
        ("name: mine\nsafety: reckless", "`safety` is not valid: 'reckless' is not one of 'read-only', 'sandbox'."),
        ("name: 1\nbase_url: https://x.org", "`name` is not valid: 1 is not a string."),
        ("name: mine\nbase_url: ${ADDRESS}", "`base_url` needs the environment variable ADDRESS"),
        ("name: mine\nstates: {ect.started: [one]}", "`states.ect.started[0]`"),
        ("name: mine\nwaivers: [{requirement: a/b, owner: Jo, reason: r, expires: soon}]", "`waivers[0].expires`"),
        (
            "name: mine\nwaivers: [{requirement: a/b, owner: Jo, reason: r, expires: 2027-02-30}]",
            "'2027-02-30' is not a valid date.",
        ),
        ("name: mine\nwaivers: [{requirement: a/b, owner: Jo, reason: r}]", "`expires` is missing at `waivers[0]`"),
    ],
)
def test_mistake_in_file_has_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, text)


def test_binary_file_is_not_yaml(tmp_path: Path) -> None:
    path = tmp_path / "target.yaml"
    path.write_bytes(b"name: \xff\n")

    with pytest.raises(UsageError, match="is not YAML"):
        target_file.load(path, {})


@pytest.mark.parametrize(
    "tokens",
    [
        "tokens: a-real-token-42",
        "tokens: [a-real-token-42, a-real-token-43, a-real-token-44]",
        "tokens: {a-real-token-4: 1}",
    ],
)
def test_misplaced_token_is_not_shown(tmp_path: Path, tokens: str) -> None:
    message = refusal(tmp_path, f"name: mine\nbase_url: https://x.org\n{tokens}\n")

    assert "`tokens`" in message
    assert "a-real-token" not in message


def test_token_that_is_a_number_is_not_shown(tmp_path: Path) -> None:
    message = refusal(tmp_path, "name: mine\nbase_url: https://x.org\ntokens: [1234567890]\n")

    assert "`tokens[0]`" in message
    assert "1234567890" not in message


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("api.example.org", "is not an address"),
        ("ftp://x.org", "is not an address"),
        ("https://", "is not an address"),
        ("https://[::1", "is not an address"),
        ("https://x.org:99999", "is not an address"),
        ("https://x.org:port", "is not an address"),
        ("https://x .org", "is not an address"),
        ("https://x.org\n", "is not an address"),
        ("https://x.org/\x1b[31m", "is not an address"),
        ("https://jo:secret@x.org", "user name or a password"),
        ("https://x.org/?a=1", "has a `?` or a `#`"),
        ("https://x.org/#a", "has a `?` or a `#`"),
        ("https://x.org/api/v3/", "--base-url: the address ends in /api/v3; leave that out: https://x.org"),
        ("https://x.org/sub/api", "ends in /api; leave that out: https://x.org/sub"),
        ("http://x.org", "is not TLS"),
        ("http://localhost.x.org", "is not TLS"),
        ("http://10.0.0.1", "is not TLS"),
    ],
)
def test_invalid_address_is_refused(address: str, sentence: str) -> None:
    with pytest.raises(TargetError) as caught:
        target_file.from_options(address, tokens=TOKENS)

    assert sentence in str(caught.value)
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "a.localhost"])
def test_loopback_address_needs_no_tls(host: str) -> None:
    assert target_file.from_options(f"http://{host}:8080", tokens=TOKENS).tokens == TOKENS


def test_private_network_may_be_used_without_tls(tmp_path: Path) -> None:
    assert load(tmp_path, "name: mine\nbase_url: http://10.0.0.1\nallow_plain_http: true\n").base_url


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (("short",), "token 1 has fewer than 8 characters"),
        ((TOKENS[0], "short"), "token 2 has fewer than 8"),
        ((TOKENS[0], TOKENS[0]), "both tokens are the same"),
        (("token with spaces",), "token 1 has a space"),
        (("token-and-newline\n",), "token 1 has a space, a line break"),
        (("töken-of-mine",), "a letter that no HTTP header can carry"),
    ],
)
def test_invalid_token_is_refused(tokens: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(TargetError) as caught:
        target_file.from_options("https://x.org", tokens=tokens)

    assert sentence in str(caught.value)
    assert not any(token in str(caught.value) for token in tokens)


def test_tokens_come_from_environment_unless_given() -> None:
    environment = {"LEAD_PROVIDER_TOKEN": TOKENS[0], "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1]}

    assert target_file.from_options("https://x.org", environment=environment).tokens == TOKENS
    assert target_file.from_options("https://x.org", tokens=TOKENS[1:], environment=environment).tokens == TOKENS[1:]


@pytest.mark.parametrize("name", ["no-such", "../sandbox", "x" * 5_000, "nul\0"])
def test_unknown_target_is_refused(name: str) -> None:
    with pytest.raises(TargetError, match=r"(There is no target file|cannot be a target file)"):
        target_file.find(name)


def test_unknown_target_is_refused_with_the_names_of_servers() -> None:
    with pytest.raises(TargetError) as caught:
        target_file.find("no-such")

    assert str(caught.value).endswith(
        "one of these names: dfe-service-2024-12, ect-service, npq-service, sandbox, sandbox-ect, sandbox-npq."
    )


def test_edition_is_filled_into_command() -> None:
    assert Start(("serve", "--as-of={edition}", "{port}"), "/up").in_edition("2025-04") == Start(
        ("serve", "--as-of=2025-04", "{port}"), "/up"
    )


def test_own_documents_are_files_beside_the_target_file_or_paths_on_the_target(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").touch()
    documents = "[v1.yaml, /api/docs/v3.yaml, 'https://api.example.org/base/v2.json']"

    target = load(tmp_path, f"name: mine\nbase_url: https://api.example.org/base/\ndocument: {documents}\n")

    assert target.documents == (tmp_path / "v1.yaml", "/api/docs/v3.yaml", "/v2.json")
    assert load(tmp_path, "name: mine\nbase_url: https://x.org\ndocument: /v3.yaml\n").documents == ("/v3.yaml",)
    assert load(tmp_path, "name: mine\nbase_url: https://x.org\n").documents == ()


@pytest.mark.parametrize(
    ("document", "saying"),
    [
        ("v9.yaml", "v9.yaml, which is no file; correct the path."),
        ("../v9.yaml", "`document` is outside the target file's folder"),
        ("https://elsewhere.example/v3.yaml", "is not on the target; give its path on the target"),
        ("https://x.org.example/v3.yaml", "is not on the target"),
        ("[]", "`document`"),
    ],
)
def test_own_document_that_is_not_there_is_refused(tmp_path: Path, document: str, saying: str) -> None:
    assert saying in refusal(tmp_path, f"name: mine\nbase_url: https://x.org\ndocument: {document}\n")


@pytest.mark.parametrize("header", ["Authorization", "host"])
def test_server_date_is_no_header_of_the_suite_itself(tmp_path: Path, header: str) -> None:
    content = f"name: mine\nbase_url: https://x.org\nserver_date: {header}\n"

    assert f"`server_date` names {header}, which the suite sends itself" in refusal(tmp_path, content)


def test_waiver_names_a_requirement_or_a_cause(tmp_path: Path) -> None:
    waiver = "waivers: [{owner: A, reason: B, expires: '2099-01-01'}]"

    assert "`waivers[0]` names neither" in refusal(tmp_path, f"name: mine\nbase_url: https://x.org\n{waiver}\n")
