"""The suite's folders are found in a wheel and in a checkout."""

from pathlib import Path

import pytest

from lead_provider_conformance import resources


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """Return the root of an empty installation."""
    package = tmp_path / "src" / "lead_provider_conformance"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    monkeypatch.setattr(resources, "_CHECKOUT", tmp_path)
    resources._folder.cache_clear()
    yield tmp_path
    resources._folder.cache_clear()


def test_this_checkout_has_contract_suites_and_targets():
    root = Path(__file__).parents[2]

    assert resources.contract_root() == root / "openapi"
    assert resources.suites_root() == root / "suites"
    assert resources.targets_root() == root / "targets"


def test_contract_of_a_checkout_is_at_its_root(installation):
    (installation / "openapi").mkdir()

    assert resources.contract_root() == installation / "openapi"


def test_contract_of_a_wheel_is_preferred(installation):
    (installation / "openapi").mkdir()
    packaged = installation / "src" / "lead_provider_conformance" / "_data" / "openapi"
    packaged.mkdir(parents=True)

    assert resources.contract_root() == packaged


def test_missing_folder_raises_resource_error(installation):
    with pytest.raises(resources.ResourceError, match=r"'targets' is missing: .* Install the package again"):
        resources.targets_root()


def test_cache_folder_is_in_the_users_cache_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv(resources.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert resources.cache_folder() == tmp_path / "lead-provider-conformance"

    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path / "named"))
    assert resources.cache_folder() == tmp_path / "named"


def test_atomic_write_replaces_the_file_and_leaves_no_part(tmp_path):
    file = tmp_path / "new" / "file"
    for content in (b"old", b"new"):
        resources.write_atomically(file, content)

    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]
