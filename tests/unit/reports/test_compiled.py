"""The page is the same whether its templates are compiled, or were before, or what was kept is spoilt."""

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, environment
from tests.unit.samples import troubled

from lead_provider_conformance.reports import html
from lead_provider_conformance.reports.compiled import CompiledTemplates


@pytest.fixture(autouse=True)
def _bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def rendered(folder: Path, template: str = "{{ 1 + 1 }}", made_by: str = __file__) -> str:
    compiled = CompiledTemplates(made_by, folder)
    return Environment(loader=DictLoader({"page": template}), bytecode_cache=compiled).get_template("page").render()


def never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(*_: object) -> None:
        raise AssertionError("it is compiled again")

    monkeypatch.setattr(environment.Environment, "compile", compiled)


def test_it_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendered(tmp_path) == "2"

    never_compiled(monkeypatch)
    assert rendered(tmp_path) == "2"


def test_a_template_that_has_changed_is_compiled_again(tmp_path: Path) -> None:
    assert rendered(tmp_path) == "2"
    assert rendered(tmp_path, "{{ 1 + 2 }}") == "3"
    assert len(list(tmp_path.iterdir())) == 1


def test_templates_of_another_environment_are_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered(tmp_path)
    changed = tmp_path / "environment.py"
    changed.write_text("autoescape = True", encoding="utf-8")

    never_compiled(monkeypatch)
    with pytest.raises(AssertionError, match="compiled again"):
        rendered(tmp_path, made_by=str(changed))


@pytest.mark.parametrize("left", [0, 10, 25, 60, -1])
def test_what_is_spoilt_is_compiled_again(tmp_path: Path, left: int) -> None:
    rendered(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:left])

    assert rendered(tmp_path) == "2"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way", encoding="utf-8")

    assert rendered(tmp_path / "cache") == "2"


def test_where_nothing_shall_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert rendered(tmp_path) == "2"
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    verdict = troubled().verdict()
    html._environment.cache_clear()
    compiled = html.report_html(verdict)
    html._environment.cache_clear()

    never_compiled(monkeypatch)
    assert html.report_html(verdict) == compiled
    html._environment.cache_clear()
    assert {each.name.partition(".j2")[0] for each in tmp_path.rglob("*.j2.*")} == {"report.html", "macros.html"}
