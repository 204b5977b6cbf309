"""The curl command of an exchange sends the same request when run in a real shell."""

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
    """Run a command with a fake `curl`, and return its arguments and input."""
    fake = tmp_path / "curl"
    fake.write_text(
        '#!/bin/sh\nprintf "%s\\0" "$@" > "$0.arguments"\ncase "$*" in *"--data-binary @-"*) cat > "$0.input";; esac\n',
        encoding="utf-8",
    )
    fake.chmod(0o755)

    def run(command: str) -> tuple[list[str], bytes | None]:
        subprocess.run(
            [shutil.which("sh") or "/bin/sh", "-c", command],
            check=True,
            cwd=tmp_path,
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "LC_ALL": "C"} | TOKENS,
            timeout=10,
        )
        sent = (tmp_path / "curl.arguments").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        piped = tmp_path / "curl.input"
        return sent, piped.read_bytes() if piped.exists() else None

    return run


def test_token_is_expanded_by_the_shell(arguments) -> None:
    command = curl(exchange(Authorization="Bearer $TOKEN"))

    assert '"Authorization: Bearer $TOKEN"' in command
    assert arguments(command)[0] == ["--include", "--header", "Authorization: Bearer first", URL]


@pytest.mark.parametrize("name", ["OTHER_TOKEN", "OTHER_KIND_TOKEN"])
def test_each_token_has_its_own_variable(arguments, name: str) -> None:
    sent, _ = arguments(curl(exchange(Authorization=f"Bearer ${name}")))

    assert f"Authorization: Bearer {TOKENS[name]}" in sent


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
def test_no_other_text_is_expanded(arguments, tmp_path: Path, value: str) -> None:
    sent, _ = arguments(curl(exchange(X_Odd=value)))

    assert sent[sent.index("--header") + 1] == "X-Odd: " + value.replace("$TOKENS", "\0").replace(
        "$TOKEN_X", "\1"
    ).replace("$TOKEN", "first").replace("\0", "$TOKENS").replace("\1", "$TOKEN_X")
    assert not (tmp_path / "pwned").exists()


def test_brackets_in_a_query_are_not_globbed(arguments) -> None:
    sent, _ = arguments(curl(exchange(url=f"{URL}?page[page]=1&filter[cohort]=2023")))

    assert sent == ["--include", "--globoff", f"{URL}?page[page]=1&filter[cohort]=2023"]


def test_path_with_dots_is_sent_unchanged(arguments) -> None:
    assert "--path-as-is" in arguments(curl(exchange(url=f"{URL}/../x")))[0]


def test_body_is_sent_with_method_and_content_type(arguments) -> None:
    body = '{"name": "it\'s $HOME `x` \\u0000"}\n'
    sent, _ = arguments(curl(exchange("PUT", body=body, Content_Type="application/json")))

    assert sent[:3] == ["--include", "--request", "PUT"]
    assert sent[sent.index("--data-raw") + 1] == body
    assert "Content-Type: application/json" in sent


def test_body_without_content_type_stays_without(arguments) -> None:
    assert "Content-Type:" in arguments(curl(exchange("POST", body="x")))[0]


def test_body_with_invisible_characters_is_sent_unchanged(arguments) -> None:
    body = "a\x00b\x1b[2J%s\\n\u202e'é"
    command = curl(exchange("POST", body=body, Content_Type="application/json"))

    assert command.isprintable() or {c for c in command if not c.isprintable()} == {"\n"}
    assert arguments(command)[1] == body.encode()


def test_url_with_invisible_characters_is_sent_unchanged(arguments) -> None:
    sent, _ = arguments(curl(exchange(url=f"{URL}?x=\u202e\x07'")))

    assert sent[-1] == f"{URL}?x=\u202e\x07'"


def test_head_request_uses_the_head_option(arguments) -> None:
    assert arguments(curl(exchange("HEAD")))[0] == ["--head", URL]


def test_headers_set_by_curl_are_omitted_and_empty_ones_sent(arguments) -> None:
    sent, _ = arguments(curl(exchange(Content_Length="7", User_Agent="x", Host="y", X_Empty="")))

    assert sent == ["--include", "--header", "X-Empty;", URL]
