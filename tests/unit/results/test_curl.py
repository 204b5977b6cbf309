"""The curl of an exchange, run in a real shell, sends what the exchange says was sent."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.results.curl import curl

TOKENS = {"TOKEN": "first", "OTHER_TOKEN": "second", "OTHER_KIND_TOKEN": "third"}
URL = "https://lead-provider.example/api/v3/participant-declarations"


def exchange(method: str = "GET", url: str = URL, body: str | None = None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"request": {"method": method, "url": url, "headers": named, "body": body}}


@pytest.fixture
def arguments(tmp_path: Path):
    """Runs a command with a `curl` that writes down its arguments and its input, and returns both."""
    stand_in = tmp_path / "curl"
    stand_in.write_text(
        '#!/bin/sh\nprintf "%s\\0" "$@" > "$0.arguments"\ncase "$*" in *"--data-binary @-"*) cat > "$0.input";; esac\n',
        encoding="utf-8",
    )
    stand_in.chmod(0o755)

    def run(command: str) -> tuple[list[str], bytes | None]:
        subprocess.run(
            [shutil.which("sh") or "/bin/sh", "-c", command],
            check=True,
            cwd=tmp_path,
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "LC_ALL": "C"} | TOKENS,
            timeout=10,
        )
        given = (tmp_path / "curl.arguments").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        piped = tmp_path / "curl.input"
        return given, piped.read_bytes() if piped.exists() else None

    return run


def test_the_token_is_filled_in_by_the_shell(arguments) -> None:
    command = curl(exchange(Authorization="Bearer $TOKEN"))

    assert '"Authorization: Bearer $TOKEN"' in command
    assert arguments(command)[0] == ["--include", "--header", "Authorization: Bearer first", URL]


@pytest.mark.parametrize("name", ["OTHER_TOKEN", "OTHER_KIND_TOKEN"])
def test_each_token_has_its_own_name(arguments, name: str) -> None:
    given, _ = arguments(curl(exchange(Authorization=f"Bearer ${name}")))

    assert f"Authorization: Bearer {TOKENS[name]}" in given


@pytest.mark.parametrize(
    "value",
    [
        "$(touch pwned) $TOKEN",
        "`touch pwned`$TOKEN",
        "$HOME $TOKENS $TOKEN_X",
        'it\'s "quoted" \\ $TOKEN',
        "a;touch pwned",
        "!history $TOKEN",
    ],
)
def test_nothing_else_is_expanded(arguments, tmp_path: Path, value: str) -> None:
    given, _ = arguments(curl(exchange(X_Odd=value)))

    assert given[given.index("--header") + 1] == "X-Odd: " + value.replace("$TOKENS", "\0").replace(
        "$TOKEN_X", "\1"
    ).replace("$TOKEN", "first").replace("\0", "$TOKENS").replace("\1", "$TOKEN_X")
    assert not (tmp_path / "pwned").exists()


def test_brackets_of_a_query_are_no_pattern(arguments) -> None:
    given, _ = arguments(curl(exchange(url=f"{URL}?page[page]=1&filter[cohort]=2023")))

    assert given == ["--include", "--globoff", f"{URL}?page[page]=1&filter[cohort]=2023"]


def test_a_path_with_dots_is_sent_as_it_is(arguments) -> None:
    assert "--path-as-is" in arguments(curl(exchange(url=f"{URL}/../x")))[0]


def test_a_body_is_sent_with_its_method_and_type(arguments) -> None:
    body = '{"name": "it\'s $HOME `x` \\u0000"}\n'
    given, _ = arguments(curl(exchange("PUT", body=body, Content_Type="application/json")))

    assert given[:3] == ["--include", "--request", "PUT"]
    assert given[given.index("--data-raw") + 1] == body
    assert "Content-Type: application/json" in given


def test_a_body_without_a_type_gets_none_from_curl(arguments) -> None:
    assert "Content-Type:" in arguments(curl(exchange("POST", body="x")))[0]


def test_a_body_that_cannot_be_seen_is_legible_and_arrives_byte_for_byte(arguments) -> None:
    body = "a\x00b\x1b[2J%s\\n\u202e'é"
    command = curl(exchange("POST", body=body, Content_Type="application/json"))

    assert command.isprintable() or {c for c in command if not c.isprintable()} == {"\n"}
    assert arguments(command)[1] == body.encode()


def test_a_url_that_cannot_be_seen_arrives_too(arguments) -> None:
    given, _ = arguments(curl(exchange(url=f"{URL}?x=\u202e\x07'")))

    assert given[-1] == f"{URL}?x=\u202e\x07'"


def test_head_has_no_body_to_wait_for(arguments) -> None:
    assert arguments(curl(exchange("HEAD")))[0] == ["--head", URL]


def test_curl_sets_what_is_its_own_and_empty_headers_are_sent(arguments) -> None:
    given, _ = arguments(curl(exchange(Content_Length="7", User_Agent="x", Host="y", X_Empty="")))

    assert given == ["--include", "--header", "X-Empty;", URL]
