"""Wrong usage of `parity` is one sentence, and leaves an earlier report alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lead_provider_conformance.cli.main import main

LEFT = ("--left", "sandbox")
BOTH = (*LEFT, "--right", "sandbox")
TWO = ("--base-url", "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "There is no left server; give --left FILE and --right FILE, --base-url twice, or a parity file."),
        (LEFT, "There is no right server;"),
        (TWO, "--base-url is for two servers; give it twice: the left one, then the right one."),
        ((*TWO, *TWO, *LEFT), "Both --base-url and --left or --right are given;"),
        ((*TWO, *TWO, "--token", "a", "--token", "b", "--token", "c"), "--token is given more than twice;"),
        ((*BOTH, "--token", "a-token-of-tests"), "write the tokens of sandbox into its target file."),
        ((*LEFT, "--right", "nothing.yaml"), "There is no target file nothing.yaml;"),
        ((*BOTH, "--edition", "1999-01"), "There is no edition 1999-01 of the contract;"),
        ((*BOTH, "--records", "x"), "x is not a whole number from 0;"),
        ((*TWO, *TWO, "--journeys", "1", "--token", "a-token-of-tests"), "Journeys change data, and"),
        ((*BOTH, "--slower-than", "0"), "0 is not a number above 0;"),
        ((*BOTH, "--slower-than", "x"), "invalid"),
        ((*BOTH, "--api-version", "v9"), "--api-version v9 is not a version of the API;"),
        ((*BOTH, "--programme", "x"), "--programme x is not a programme;"),
        ((*BOTH, "--write-excludes", "no/such/folder/x.yaml"), "there is no such folder; make it."),
        ((*TWO, *TWO, "--edition", "2025-04"), "There is no token for http://127.0.0.1:1;"),
        ((*TWO, *TWO, "--edition", "2025-04", "--token", "a-token-of-tests"), "http://127.0.0.1:1 does not respond"),
        (("no.yaml",), "no.yaml cannot be read (No such file or directory); give a readable YAML file."),
    ],
)
def test_wrong_usage_is_one_sentence(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["parity", *arguments, "--report-dir", str(tmp_path)])

    errors = capsys.readouterr().err
    assert status == 4
    assert message in errors
    assert len(errors.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is not a parity file: it needs keys such as `left` and `right`."),
        ("lft: a", "there is no key `lft` at the top level; did you mean `left`?"),
        ("exclude: [{owner: a, reason: b, expires: 2099-01-01}]", "`exclude[0]`"),
        ("exclude: [{owner: a, reason: b, expires: never, field: x}]", "`exclude[0].expires` is not valid"),
        ("slower_than: 0", "`slower_than` is not valid"),
    ],
)
def test_wrong_parity_file_is_one_sentence(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parity.yaml"
    file.write_text(text, encoding="utf-8")

    status = main(["parity", str(file), *BOTH, "--report-dir", str(tmp_path / "report")])

    errors = capsys.readouterr().err
    assert status == 4
    assert message in errors
    assert len(errors.strip().splitlines()) == 1
