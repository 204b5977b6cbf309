"""The folders that the suite is made of are found in a wheel and in a checkout."""

from pathlib import Path

import pytest

from lead_provider_conformance import resources


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An installation of its own: `packaged/` beside the package, `checkout/` at the root."""
    package = tmp_path / "src" / "lead_provider_conformance"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    monkeypatch.setattr(resources, "_CHECKOUT", tmp_path)
    return tmp_path


def test_this_checkout_has_all_three():
    root = Path(__file__).parents[2]

    assert resources.contract_root() == root / "openapi"
    assert resources.suites_root() == root / "suites"
    assert resources.targets_root() == root / "targets"


def test_a_checkout(elsewhere):
    (elsewhere / "openapi").mkdir()

    assert resources.contract_root() == elsewhere / "openapi"


def test_a_wheel_carries_its_own(elsewhere):
    (elsewhere / "openapi").mkdir()
    packaged = elsewhere / "src" / "lead_provider_conformance" / "_data" / "openapi"
    packaged.mkdir(parents=True)

    assert resources.contract_root() == packaged


def test_a_folder_that_is_missing_is_told(elsewhere):
    with pytest.raises(resources.ResourceError, match=r"'targets' is neither .* Install the package again"):
        resources.targets_root()


def test_where_what_is_made_is_kept(monkeypatch, tmp_path):
    monkeypatch.delenv(resources.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert resources.cache_folder() == tmp_path / "lead-provider-conformance"

    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path / "named"))
    assert resources.cache_folder() == tmp_path / "named"
