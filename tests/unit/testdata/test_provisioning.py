"""The states that a target's provisioning creates."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.config.target import Provisioning, Target
from lead_provider_conformance.testdata import provisioning
from lead_provider_conformance.testdata.provisioning import Hook

TARGET = Target("target", "http://127.0.0.1:8100")
PROVISIONING = Provisioning("http://127.0.0.1:8101")


@pytest.fixture
def requests(monkeypatch):
    """The paths that a hook requests from a target that offers two states."""
    paths = []

    def send(_method, path, _headers, _body):
        paths.append(path)
        return SimpleNamespace(status=200, body=b'{"states":["ect.left","ect.payable"]}')

    monkeypatch.setattr(provisioning, "Transport", lambda target: SimpleNamespace(send=send))
    return paths


def test_every_offered_state_is_created_unless_the_target_file_names_some(requests):
    named = replace(PROVISIONING, states=("ect.left", "ect.eligible"))

    assert [Hook(TARGET, PROVISIONING).creates(each) for each in ("ect.payable", "ect.eligible")] == [True, False]
    assert [Hook(TARGET, named).creates(each) for each in ("ect.left", "ect.payable")] == [True, False]
    assert not Hook(TARGET, named).creates("ect.eligible")


def test_target_file_without_any_state_asks_for_nothing(requests):
    hook = Hook(TARGET, replace(PROVISIONING, states=()))

    assert not any(hook.creates(each) for each in ("ect.left", "ect.payable"))
    assert not requests


def test_states_that_the_target_file_excludes_cost_no_request(requests):
    hook = Hook(TARGET, replace(PROVISIONING, states=("ect.left",)))

    assert not hook.creates("ect.payable")
    assert requests == []
    assert hook.creates("ect.left")
    assert hook.creates("ect.left")
    assert requests == ["/provisioning"]
