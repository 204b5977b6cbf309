"""Target files and the options instead of one: what they describe, and one sentence for each thing that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.target import Limits, Start, Target
from lead_provider_conformance.config.target_file import TargetError
from lead_provider_conformance.model import Safety

TOKENS = ("token-of-the-first", "token-of-the-second")

OF_ANOTHER_KIND = f"name: mine\nbase_url: https://x.org\ntokens: [{TOKENS[0]}]\nother_kind_token: "


def written(folder: Path, text: str, **environment: str) -> Target:
    path = folder / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return target_file.load(path, environment)


def refusal(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(TargetError) as caught:
        written(folder, text, **environment)
    told = str(caught.value)
    assert told.startswith(str(folder / "target.yaml"))
    assert "\n" not in told
    return told


def test_a_whole_file(tmp_path: Path) -> None:
    found = written(
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

    assert found.base_url == "https://api.example.org"
    assert (found.tokens, found.versions, found.programmes) == (TOKENS, ("v1", "v3"), ("npq",))
    assert (found.safety, found.limits) == (Safety.SANDBOX, Limits(answer_seconds=3))
    assert found.start == Start(("serve", "{port}"), "/up")
    assert found.edition == "2025-04"
    assert found.states == {"ect.started": ("6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11",)}
    assert found.waivers[0].expires.isoformat() == "2027-03-31"


def test_a_target_may_only_be_read_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert written(tmp_path, "name: mine\nbase_url: https://x.org\n").safety is Safety.READ_ONLY
    assert target_file.from_options("https://x.org", environment={}).safety is Safety.READ_ONLY


def test_a_target_implements_what_its_file_lists(tmp_path: Path) -> None:
    part = written(tmp_path, "name: mine\nbase_url: https://x.org\noperations: [show_ecf_participant]\n")
    whole = written(tmp_path, "name: mine\nbase_url: https://x.org\n")

    assert part.implements("show_ecf_participant")
    assert not part.implements("defer_ecf_participant")
    assert whole.implements("defer_ecf_participant")


def test_tokens_are_not_in_its_representation(tmp_path: Path) -> None:
    assert "token-of" not in repr(target_file.from_options("https://x.org", tokens=TOKENS))
    assert "token-of" not in repr(written(tmp_path, f"{OF_ANOTHER_KIND}'${{ANOTHER}}'\n", ANOTHER=TOKENS[1]))


def test_a_token_of_another_kind(tmp_path: Path) -> None:
    assert written(tmp_path, "name: mine\nbase_url: https://x.org\n").other_kind_token is None
    assert written(tmp_path, f"{OF_ANOTHER_KIND}'${{ANOTHER}}'\n", ANOTHER=TOKENS[1]).other_kind_token == TOKENS[1]


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("short", "`other_kind_token` has fewer than 8 characters"),
        ("token with spaces", "`other_kind_token` has a space"),
        (TOKENS[0], "`other_kind_token` is also among `tokens`"),
    ],
)
def test_a_token_of_another_kind_that_cannot_be_right(tmp_path: Path, token: str, told: str) -> None:
    text = refusal(tmp_path, f"{OF_ANOTHER_KIND}{token}\n")

    assert told in text
    assert token not in text


@pytest.mark.parametrize("name", ["example", "sandbox"])
def test_the_targets_that_come_with_the_suite_can_be_read(name: str) -> None:
    environment = {"LEAD_PROVIDER_TOKEN": TOKENS[0], "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1]}

    assert target_file.load(target_file.find(name), environment).tokens


@pytest.mark.parametrize(
    ("text", "told"),
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
        ("name: mine\nlimits: {answer_second: 1}", "is not a key of `limits`; did you mean `answer_seconds`?"),
        ("name: mine\nlimits: {answer_seconds: 0}", "`limits.answer_seconds`"),
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
def test_a_file_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    assert told in refusal(tmp_path, text)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "target.yaml"
    path.write_bytes(b"name: \xff\n")

    with pytest.raises(TargetError, match="is not YAML"):
        target_file.load(path, {})


@pytest.mark.parametrize(
    "tokens",
    [
        "tokens: a-real-token-42",
        "tokens: [a-real-token-42, a-real-token-43, a-real-token-44]",
        "tokens: {a-real-token-4: 1}",
    ],
)
def test_a_token_that_stands_in_the_wrong_place_is_not_repeated(tmp_path: Path, tokens: str) -> None:
    told = refusal(tmp_path, f"name: mine\nbase_url: https://x.org\n{tokens}\n")

    assert "`tokens`" in told
    assert "a-real-token" not in told


def test_a_token_that_is_a_number_is_not_repeated(tmp_path: Path) -> None:
    told = refusal(tmp_path, "name: mine\nbase_url: https://x.org\ntokens: [1234567890]\n")

    assert "`tokens[0]`" in told
    assert "1234567890" not in told


@pytest.mark.parametrize(
    ("address", "told"),
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
        ("https://x.org/api/v3/", "is too long"),
        ("http://x.org", "is not TLS"),
        ("http://localhost.x.org", "is not TLS"),
        ("http://10.0.0.1", "is not TLS"),
    ],
)
def test_an_address_that_cannot_be_right(address: str, told: str) -> None:
    with pytest.raises(TargetError) as caught:
        target_file.from_options(address, tokens=TOKENS)

    assert told in str(caught.value)
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "a.localhost"])
def test_on_this_machine_tls_is_not_needed(host: str) -> None:
    assert target_file.from_options(f"http://{host}:8080", tokens=TOKENS).tokens == TOKENS


def test_a_network_of_ones_own_may_go_without_tls(tmp_path: Path) -> None:
    assert written(tmp_path, "name: mine\nbase_url: http://10.0.0.1\nallow_plain_http: true\n").base_url


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (("short",), "token 1 has fewer than 8 characters"),
        ((TOKENS[0], "short"), "token 2 has fewer than 8"),
        ((TOKENS[0], TOKENS[0]), "both tokens are the same"),
        (("token with spaces",), "token 1 has a space"),
        (("token-and-newline\n",), "token 1 has a space, a line break"),
        (("töken-of-mine",), "a letter that no HTTP header can carry"),
    ],
)
def test_a_token_that_cannot_be_right(tokens: tuple[str, ...], told: str) -> None:
    with pytest.raises(TargetError) as caught:
        target_file.from_options("https://x.org", tokens=tokens)

    assert told in str(caught.value)
    assert not any(token in str(caught.value) for token in tokens)


def test_tokens_come_from_the_environment() -> None:
    environment = {"LEAD_PROVIDER_TOKEN": TOKENS[0], "OTHER_LEAD_PROVIDER_TOKEN": TOKENS[1]}

    assert target_file.from_options("https://x.org", environment=environment).tokens == TOKENS
    assert target_file.from_options("https://x.org", tokens=TOKENS[1:], environment=environment).tokens == TOKENS[1:]


@pytest.mark.parametrize("name", ["no-such", "../sandbox", "x" * 5_000, "nul\0"])
def test_a_target_that_is_not_there(name: str) -> None:
    with pytest.raises(TargetError, match=r"(There is no target file|cannot be a target file)"):
        target_file.find(name)


def test_a_command_is_told_the_edition() -> None:
    assert Start(("serve", "--as-of={edition}", "{port}"), "/up").in_edition("2025-04") == Start(
        ("serve", "--as-of=2025-04", "{port}"), "/up"
    )
