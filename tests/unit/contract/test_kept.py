"""A bundle that is kept is the one that would be made, and never outlives what it was made from."""

import json
import shutil

import pytest

from lead_provider_conformance.contract import Contract, kept, versions
from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.resources import contract_root


@pytest.fixture
def made(monkeypatch):
    """The entry documents that were bundled anew."""
    entries = []

    def counted(entry):
        entries.append(entry.name)
        return bundle(entry)

    monkeypatch.setattr(kept, "made", counted)
    kept._made_from.cache_clear()
    yield entries
    kept._made_from.cache_clear()


@pytest.mark.parametrize("version", versions())
def test_it_is_the_same_and_made_once(tmp_path, made, version):
    entry = contract_root() / f"{version}.yaml"
    first, second = kept.kept_bundle(entry, tmp_path), kept.kept_bundle(entry, tmp_path)

    assert json.dumps(first) == json.dumps(second) == json.dumps(bundle(entry))
    assert made == [entry.name]


def test_another_contract_is_another_bundle(tmp_path, made):
    root = tmp_path / "openapi"
    shutil.copytree(contract_root(), root)
    kept.kept_bundle(root / "v3.yaml", tmp_path / "kept")
    errors = root / "components" / "errors.yaml"
    errors.write_text(errors.read_text(encoding="utf-8") + "# a change\n", encoding="utf-8")
    kept._made_from.cache_clear()  # which a new process does not have
    kept.kept_bundle(root / "v3.yaml", tmp_path / "kept")

    assert made == ["v3.yaml", "v3.yaml"]


def test_what_was_spoilt_is_made_anew(tmp_path, made):
    entry = contract_root() / "v1.yaml"
    kept.kept_bundle(entry, tmp_path)
    (file,) = tmp_path.glob("contract/v1-*.json")
    file.write_bytes(file.read_bytes()[:-100])

    assert kept.kept_bundle(entry, tmp_path) == bundle(entry)
    assert json.loads(file.read_bytes()) == bundle(entry)


def test_where_nothing_can_be_written_it_is_made_each_time(tmp_path, made):
    (tmp_path / "file").write_text("", encoding="utf-8")
    entry = contract_root() / "v1.yaml"

    assert kept.kept_bundle(entry, tmp_path / "file") == kept.kept_bundle(entry, tmp_path / "file")
    assert made == ["v1.yaml", "v1.yaml"]


def test_a_contract_of_ones_own_is_never_kept(tmp_path, made):
    shutil.copytree(contract_root(), tmp_path / "openapi")

    assert Contract.load("v3", root=tmp_path / "openapi").hash == Contract.load("v3").hash
    assert made == []
