"""Wrong usage ends with one sentence that names the remedy, with status 4, and leaves an earlier report unchanged."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .processes import FIRST_TOKEN, RUN_TIMEOUT, SECOND_TOKEN, RunningSandbox, run, sandbox, token_options
from .servers import Proxy, Request, Response, serve

JSON = {"Content-Type": "application/json"}
UNUSED_URL = "http://127.0.0.1:1"  # never contacted: the usage is checked first


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A report folder with the files of an earlier run."""
    folder = tmp_path / "report"
    folder.mkdir()
    for name in ("results.ndjson", "exchanges.ndjson", "verdict.json", "report.html", "junit.xml", "summary.md"):
        (folder / name).write_text(f"an earlier {name}", encoding="utf-8")
    (folder / "allure-results").mkdir()
    (folder / "allure-results" / "one.json").write_text("an earlier result", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[RunningSandbox]:
    """A sandbox."""
    with sandbox() as served:
        yield served


def assert_refused(earlier: Path, *options: object, saying: str, **environment: str) -> None:
    """Assert that the run prints one sentence containing `saying`, ends with status 4 and changes no file."""
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}

    ended = run(earlier, *options, **environment)

    output = ended.output.strip()
    assert ended.status == 4, output
    assert saying in output
    assert output.startswith("ERROR: ")
    assert len(output.splitlines()) == 1, output
    assert output.endswith((".", "?", "…"))
    assert "Traceback" not in output
    for token in (FIRST_TOKEN, SECOND_TOKEN):
        assert token not in output
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def target(folder: Path, text: str) -> Path:
    path = folder / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_missing_target_is_refused(earlier: Path) -> None:
    assert_refused(earlier, saying="give --target FILE, or --base-url URL")


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        (["suites/nowhere.py"], "There is no file or folder suites/nowhere.py"),
        (["suites/scenarios/test_voiding.py::test_nothing"], "There is no test test_nothing in "),
        (["-n", "2", "-k", "("], "-k '(' is not an expression"),
        (["--tokn", "x"], "There is no option --tokn; did you mean --token?"),
        (["--dist", "x"], "invalid choice: 'x'"),
    ],
)
def test_wrong_selection_or_option_is_refused(earlier: Path, options: list[str], saying: str) -> None:
    assert_refused(earlier, "--target", "sandbox", *options, saying=saying)


def test_unknown_parameters_of_test_leave_the_earlier_report(earlier: Path, sandboxed: RunningSandbox) -> None:
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}

    ended = run(earlier, *sandboxed.options, "suites/scenarios/test_voiding.py::test_payable_declaration_is_voided[x]")

    assert ended.status == 4
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def test_target_and_base_url_together_are_refused(earlier: Path) -> None:
    assert_refused(earlier, "--target", "sandbox", "--base-url", UNUSED_URL, saying="give only one of them")


@pytest.mark.parametrize(
    ("option", "value", "saying"),
    [
        ("--api-version", "v4", "Edition 2024-12 has no API version 'v4'; choose v1 or v2 or v3 with --api-version"),
        ("--programme", "nqt", "has no nqt; choose ecf or npq with --programme"),
        ("--requirement", "void/nothing", "void/nothing is neither a requirement nor an area"),
        ("--profile", "thorough", "choose quick, standard, full"),
        ("--safety", "reckless", "choose read-only or sandbox"),
        ("--generation-seed", "lucky", "lucky is not a whole number"),
    ],
)
def test_unknown_value_of_option_is_refused(earlier: Path, option: str, value: str, saying: str) -> None:
    assert_refused(earlier, "--base-url", UNUSED_URL, *token_options(), option, value, saying=saying)


def test_missing_target_file_is_refused_with_known_names(earlier: Path) -> None:
    known = "one of these names: dfe-service-2024-12, ect-service, npq-service, sandbox"
    assert_refused(earlier, "--target", "no-such-target", saying=known)


def test_target_file_with_invalid_yaml_is_refused_with_line(earlier: Path, tmp_path: Path) -> None:
    file = target(tmp_path, "name: mine\nbase_url: [\n")

    assert_refused(earlier, "--target", file, saying="target.yaml:3:1 is not YAML")


def test_unknown_key_of_target_file_is_refused_with_suggestion(earlier: Path, tmp_path: Path) -> None:
    file = target(tmp_path, f"name: mine\nbase_ulr: {UNUSED_URL}\n")

    assert_refused(earlier, "--target", file, saying="did you mean `base_url`?")


def test_unset_variable_of_target_file_is_refused(earlier: Path, tmp_path: Path) -> None:
    file = target(tmp_path, f"name: mine\nbase_url: {UNUSED_URL}\ntokens: ['${{MY_TOKEN}}']\n")

    assert_refused(earlier, "--target", file, saying="environment variable MY_TOKEN, which is not set")


def test_missing_token_is_refused(earlier: Path) -> None:
    assert_refused(earlier, "--base-url", UNUSED_URL, saying="give --token, set LEAD_PROVIDER_TOKEN")


def test_token_over_unencrypted_connection_is_refused(earlier: Path) -> None:
    assert_refused(earlier, "--base-url", "http://api.example.org", *token_options(), saying="is not TLS")


def test_report_folder_that_cannot_be_created_is_refused(earlier: Path, sandboxed: RunningSandbox) -> None:
    before = (earlier / "summary.md").read_bytes()

    ended = run(earlier / "summary.md" / "inside", *sandboxed.options)

    assert ended.status == 4
    assert "cannot be written" in ended.output
    assert "Traceback" not in ended.output
    assert (earlier / "summary.md").read_bytes() == before


def test_refused_connection_is_reported(earlier: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but not listening
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"

        assert_refused(earlier, "--base-url", address, *token_options(), saying="does not respond (Connection refused)")


def test_refused_token_is_reported(earlier: Path, sandboxed: RunningSandbox) -> None:
    options = ("--base-url", sandboxed.address, *token_options(first="unknown-token-9"))

    assert_refused(earlier, *options, saying="refuses the token (401); check --token")


def test_refused_second_token_is_reported(earlier: Path, sandboxed: RunningSandbox) -> None:
    options = ("--base-url", sandboxed.address, *token_options(second="unknown-token-9"))

    assert_refused(earlier, *options, saying="refuses the second token (401)")


@pytest.mark.parametrize(
    ("response", "saying"),
    [
        (Response(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "not JSON (text/html)"),
        (
            Response(302, b"", {"Location": "https://elsewhere.example/"}),
            "redirects (302) to https://elsewhere.example/",
        ),
        (Response(500, b"oops"), "fails with 500; see the server's log"),
        (Response(404, b"{}", JSON), "does not exist (404)"),
        (Response(403, b"{}", JSON), "does not allow the token to use ecf (403)"),
        (Response(429, b"{}", {**JSON, "Retry-After": "61"}), "too many requests"),
        (Response(200, b'{"data": {}}', JSON), "without a list in `data`"),
        (Response(200, b"[" * 100_000, JSON), "not JSON (application/json)"),
        (Response(418, b"{}", JSON), "returns 418"),
        (Response(200, b'{"data": []}', JSON, length=100), "does not respond"),
        (Response(302, b"", {"Location": "\x1b[2J\x1b[31mpwned"}), "redirects (302) to ⟨U+001B⟩[2J"),
        (Response(200, b"", {"Content-Type": "text/\x1b]0;pwned\x07"}), "not JSON (text/⟨U+001B⟩]0;pwned"),
    ],
    ids=["html", "redirect", "500", "404", "403", "429", "no-list", "deep", "teapot", "cut", "escapes", "title"],
)
def test_server_that_is_not_this_api_is_reported(earlier: Path, response: Response, saying: str) -> None:
    with serve(lambda _: response) as address:
        assert_refused(earlier, "--base-url", address, *token_options(), saying=saying)


def test_scopes_that_the_server_lacks_are_left_out_with_a_notice(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    def only_v3_ecf(request: Request, response: Response) -> Response:
        return response if "/v3/" in request.path and "npq" not in request.path else Response(404, b"{}", JSON)

    with serve(Proxy(sandboxed.address, change=only_v3_ecf)) as address:
        options = ("--base-url", address, *token_options(), "-n", "2", "--requirement", "lists")
        ended = run(tmp_path, *options)
        named = run(tmp_path / "named", *options, "--api-version", "v2")

    assert "Testing v3 ECF; the server does not offer v1 ECF (404), v1 NPQ (404), v2 ECF (404)" in ended.stdout
    assert {name.partition(" ")[0] for name in ended.outcomes} == {"v3-ecf"}
    assert {each["version"] for each in ended.exchanges} == {"v3"}
    assert not ended.with_outcome("failed")
    assert "server does not offer" in ended.results[0]["target"]["description"]
    assert named.status == 4
    assert "v2/participants/ecf does not exist (404)" in named.output


@pytest.fixture(scope="module")
def ect_service() -> Iterator[RunningSandbox]:
    """A sandbox that is the ECT service of edition 2026-08."""
    with sandbox("--edition", "2026-08") as served:
        yield served


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        (["--programme", "npq"], "npq does not exist (404), but the server has v3 ECF of edition 2026-08; check"),
        (["--edition", "2024-12"], "ecf does not exist (404), but the server has v3 ECF of edition 2026-08; check"),
        (["--edition", "2026-08", "--api-version", "v1"], "Edition 2026-08 has no API version 'v1'; choose v3 with"),
    ],
)
def test_scope_that_the_ect_service_lacks_is_refused_with_those_that_it_has(
    earlier: Path, ect_service: RunningSandbox, options: list[str], saying: str
) -> None:
    assert_refused(earlier, "--base-url", ect_service.address, *token_options(), *options, saying=saying)


def test_address_of_the_ect_service_in_a_target_for_npq_is_refused(
    earlier: Path, tmp_path: Path, ect_service: RunningSandbox
) -> None:
    programme = "edition: 2026-08\nversions: [v3]\nprogrammes: [npq]"
    file = target(tmp_path, f"name: mine\nbase_url: {ect_service.address}\n{programme}\ntokens: [{FIRST_TOKEN}]\n")

    assert_refused(earlier, "--target", file, saying="but the server has v3 ECF of edition 2026-08")


def test_wrong_token_for_the_ect_service_is_refused(earlier: Path, ect_service: RunningSandbox) -> None:
    options = ("--base-url", ect_service.address, *token_options(first="unknown-token-9"))

    assert_refused(earlier, *options, saying="refuses the token (401); check --token")


def test_plan_counts_records_and_writes_nothing(earlier: Path, sandboxed: RunningSandbox) -> None:
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}

    ended = run(earlier, *sandboxed.options, "--plan", "-n", "2", "suites/scenarios/test_voiding.py")

    assert ended.status == 0, ended.output
    (row,) = (line.split() for line in ended.stdout.splitlines() if line.startswith("  ect.paid "))
    assert int(row[1]) == 1
    assert int(row[2]) > 1
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def test_plan_for_a_server_that_does_not_respond_has_only_the_need(earlier: Path) -> None:
    options = ("--base-url", UNUSED_URL, *token_options(), "--safety", "sandbox", "--api-version", "v3")

    ended = run(earlier, *options, "--plan", "suites/scenarios/test_voiding.py")

    assert ended.status == 0, ended.output
    assert "does not respond (Connection refused)" in ended.stdout
    assert ["ect.paid", "1", "?"] in [line.split() for line in ended.stdout.splitlines()]


def test_preflight_runs_before_tests_are_collected(earlier: Path, tmp_path: Path) -> None:
    (tmp_path / "collecting.py").write_text("def pytest_collection():\n    raise SystemExit('collected')\n", "utf-8")

    options = ("-p", "collecting", "--base-url", UNUSED_URL, *token_options())
    assert_refused(earlier, *options, saying="does not respond (Connection refused)", PYTHONPATH=str(tmp_path))


def test_sandbox_started_by_command_ends_with_it() -> None:
    command = [sys.executable, "-m", "lead_provider_conformance", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        greeting = served.stdout.readline()
        served.terminate()

        # The pipe closes once no process can write to it.
        served.communicate(timeout=RUN_TIMEOUT)

    assert "The lead provider sandbox is at http://" in greeting


DESELECTED = "suites/rules/test_paging.py::test_page_size_above_the_limit_is_not_refused"


def test_requirement_of_a_deselected_test_is_not_tested(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    options = (*sandboxed.options, "--api-version", "v3", "--programme", "ecf", "--requirement", "paging")
    for words in (("--deselect", DESELECTED), (f"--deselect={DESELECTED}", "-n", "2")):
        ended = run(tmp_path / words[0], *options, *words)

        assert ended.status == 6, ended.output
        assert ended.outcomes["v3-ecf paging/per-page-maximum"] == "could-not-run"
        assert ended.outcomes["v3-ecf paging/per-page"] == "passed"
        assert "A test of it was deselected." in ended.stdout


def test_run_of_no_test_keeps_the_earlier_report(earlier: Path, sandboxed: RunningSandbox) -> None:
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}

    ended = run(earlier, *sandboxed.options, "-k", "nothing_has_this_name")

    assert ended.status == 5
    assert f"No test was selected. The earlier report in {earlier} is unchanged." in ended.stdout
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def test_output_that_cannot_be_utf_8_has_its_lines(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    ended = run(tmp_path, *sandboxed.options, "--requirement", "paging/malformed", PYTHONIOENCODING="ascii")

    assert "\nNot tested: " in ended.stdout
    assert "    -> " in ended.stdout
    assert "\\u" not in ended.stdout
