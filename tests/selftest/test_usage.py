"""Wrong usage: one sentence that says what to do, exit status 4, and an earlier report left as it was."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .processes import FIRST_TOKEN, SECOND_TOKEN, Served, run, sandbox, tokens
from .servers import Reply, serving

JSON = {"Content-Type": "application/json"}
SOMEWHERE = "http://127.0.0.1:1"  # never asked: what is wrong is found before


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder in which an earlier run has left something."""
    folder = tmp_path / "report"
    folder.mkdir()
    for name in ("results.ndjson", "exchanges.ndjson", "verdict.json", "report.html", "junit.xml", "summary.md"):
        (folder / name).write_text(f"an earlier {name}", encoding="utf-8")
    (folder / "allure-results").mkdir()
    (folder / "allure-results" / "one.json").write_text("an earlier one", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[Served]:
    """A real sandbox, to be refused by."""
    with sandbox() as served:
        yield served


def assert_refused(earlier: Path, *options: object, saying: str, **environment: str) -> None:
    """The suite says one sentence that holds `saying`, ends with 4, and touches nothing."""
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}

    ended = run(earlier, *options, **environment)

    told = (ended.stdout + ended.stderr).strip()
    assert ended.status == 4, told
    assert saying in told
    assert told.startswith("ERROR: ")
    assert len(told.splitlines()) == 1, told
    assert told.endswith((".", "?", "…"))
    assert "Traceback" not in told
    for token in (FIRST_TOKEN, SECOND_TOKEN):
        assert token not in told
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def target(folder: Path, text: str) -> Path:
    path = folder / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_target(earlier: Path) -> None:
    assert_refused(earlier, saying="give --target FILE, or --base-url URL")


def test_two_targets(earlier: Path) -> None:
    assert_refused(earlier, "--target", "sandbox", "--base-url", SOMEWHERE, saying="give only one of them")


@pytest.mark.parametrize(
    ("option", "value", "saying"),
    [
        ("--api-version", "v4", "There is no API version 'v4' to test; choose from v"),
        ("--programme", "nqt", "has no nqt; choose ecf, npq"),
        ("--requirement", "void/nothing", "void/nothing is neither a requirement nor an area"),
        ("--profile", "thorough", "choose quick, standard, full"),
        ("--safety", "reckless", "choose read-only or sandbox"),
        ("--generation-seed", "lucky", "lucky is not a whole number"),
    ],
)
def test_a_value_that_an_option_does_not_have(earlier: Path, option: str, value: str, saying: str) -> None:
    assert_refused(earlier, "--base-url", SOMEWHERE, *tokens(), option, value, saying=saying)


def test_a_target_that_is_not_there(earlier: Path) -> None:
    assert_refused(
        earlier, "--target", "no-such-target", saying="one of these names: dfe-service-2024-12, example, sandbox"
    )


def test_a_target_file_that_is_not_yaml(earlier: Path, tmp_path: Path) -> None:
    file = target(tmp_path, "name: mine\nbase_url: [\n")

    assert_refused(earlier, "--target", file, saying="target.yaml:3:1 is not YAML")


def test_a_key_that_target_files_do_not_have(earlier: Path, tmp_path: Path) -> None:
    file = target(tmp_path, f"name: mine\nbase_ulr: {SOMEWHERE}\n")

    assert_refused(earlier, "--target", file, saying="did you mean `base_url`?")


def test_a_variable_that_is_not_set(earlier: Path, tmp_path: Path) -> None:
    file = target(tmp_path, f"name: mine\nbase_url: {SOMEWHERE}\ntokens: ['${{MY_TOKEN}}']\n")

    assert_refused(earlier, "--target", file, saying="environment variable MY_TOKEN, which is not set")


def test_no_token(earlier: Path) -> None:
    assert_refused(earlier, "--base-url", SOMEWHERE, saying="give --token, set LEAD_PROVIDER_TOKEN")


def test_a_token_that_would_travel_in_the_clear(earlier: Path) -> None:
    assert_refused(earlier, "--base-url", "http://api.example.org", *tokens(), saying="is not TLS")


def test_a_report_folder_that_cannot_be_made(earlier: Path, sandboxed: Served) -> None:
    before = (earlier / "summary.md").read_bytes()

    ended = run(earlier / "summary.md" / "inside", *sandboxed.options)

    assert ended.status == 4
    assert "cannot be written" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (earlier / "summary.md").read_bytes() == before


def test_a_connection_that_is_refused(earlier: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, and not listening
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"

        assert_refused(earlier, "--base-url", address, *tokens(), saying="does not respond (Connection refused)")


def test_a_token_that_is_refused(earlier: Path, sandboxed: Served) -> None:
    options = ("--base-url", sandboxed.address, *tokens(first="nobodys-token-9"))

    assert_refused(earlier, *options, saying="refuses the token (401); check --token")


def test_a_second_token_that_is_refused(earlier: Path, sandboxed: Served) -> None:
    options = ("--base-url", sandboxed.address, *tokens(second="nobodys-token-9"))

    assert_refused(earlier, *options, saying="refuses the second token (401)")


@pytest.mark.parametrize(
    ("reply", "saying"),
    [
        (Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "not JSON (text/html)"),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), "redirects (302) to https://elsewhere.example/"),
        (Reply(500, b"oops"), "fails with 500; see the server's log"),
        (Reply(404, b"{}", JSON), "does not exist (404)"),
        (Reply(403, b"{}", JSON), "does not allow the token to use ecf (403)"),
        (Reply(429, b"{}", JSON), "too many requests"),
        (Reply(200, b'{"data": {}}', JSON), "without a list in `data`"),
        (Reply(200, b"[" * 100_000, JSON), "not JSON (application/json)"),
        (Reply(418, b"{}", JSON), "returns 418"),
        (Reply(200, b'{"data": []}', JSON, length=100), "does not respond"),
        (Reply(302, b"", {"Location": "\x1b[2J\x1b[31mpwned"}), "redirects (302) to ⟨U+001B⟩[2J"),
        (Reply(200, b"", {"Content-Type": "text/\x1b]0;pwned\x07"}), "not JSON (text/⟨U+001B⟩]0;pwned"),
    ],
    ids=["html", "redirect", "500", "404", "403", "429", "no-list", "deep", "teapot", "cut", "escapes", "title"],
)
def test_a_server_that_is_not_this_api(earlier: Path, reply: Reply, saying: str) -> None:
    with serving(lambda _: reply) as address:
        assert_refused(earlier, "--base-url", address, *tokens(), saying=saying)


def test_the_sandbox_that_the_command_serves_ends_with_it() -> None:
    command = [sys.executable, "-m", "lead_provider_conformance", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        said = served.stdout.readline()
        served.terminate()

        # Nobody is left who could still write: the pipe ends.
        served.communicate(timeout=20)

    assert "The lead provider sandbox is at http://" in said
