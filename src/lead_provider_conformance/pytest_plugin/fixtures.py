"""What a test of the suites may ask for by name."""

from __future__ import annotations

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Client
from lead_provider_conformance.model import CouldNotRun, Scope
from lead_provider_conformance.oracles.lists import Listing, ListOperation, Lists
from lead_provider_conformance.pytest_plugin.allure import label
from lead_provider_conformance.pytest_plugin.collection import also_for, requirements_of
from lead_provider_conformance.pytest_plugin.markers import states_of
from lead_provider_conformance.run.checks import Checks
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.run.test_context import RECORD, RUN, TestRecord
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The run that a test is part of."""
    return request.config.stash[RUN]


@pytest.fixture
def record(request: pytest.FixtureRequest, run: Run, scope: Scope) -> TestRecord:
    """What the running test does and finds out, for the journal."""
    requirements = [each for each in requirements_of(request.node, run) if each.applies_to(scope)]
    record = request.node.stash[RECORD] = TestRecord(
        run, scope, request.node.nodeid, requirements, also_for(request.node, run), states_of(request.node)
    )
    label(requirements, scope)
    return record


@pytest.fixture
def contract(run: Run, scope: Scope) -> Contract:
    """The contract of the version under test."""
    return run.contract(scope)


@pytest.fixture
def edition(run: Run) -> str:
    """The edition of the contract that the target is held against."""
    return run.edition


@pytest.fixture
def calendar(run: Run) -> Calendar:
    """Cohorts, schedules and windows."""
    return run.calendar


@pytest.fixture
def client(record: TestRecord) -> Client:
    """The test's only way out."""
    return record.client


@pytest.fixture
def api(client: Client, run: Run) -> Api:
    """The API as the provider under test calls it."""
    return Api(client, run.credentials[0])


@pytest.fixture
def other_api(api: Api, run: Run) -> Api:
    """The API as another lead provider calls it."""
    if len(run.credentials) < 2:
        raise CouldNotRun(
            "It needs the token of a second lead provider.",
            "Give --other-token, or list a second token in the target file.",
        )
    return api.with_credential(run.credentials[1])


@pytest.fixture
def states(record: TestRecord) -> States:
    """Records in named states."""
    return record.states


@pytest.fixture
def lists(api: Api, contract: Contract, run: Run, states: States) -> Lists:
    """The lists of the version under test, by name."""
    return Lists(api, contract, states, Inventory(api, run.workspace / "inventory"))


@pytest.fixture
def listing(lists: Lists, listed: ListOperation) -> Listing:
    """The list under test, of a test that runs once for each list."""
    return lists.of(listed)


@pytest.fixture
def check(record: TestRecord) -> Checks:
    """Decides the requirements of a test that verifies several."""
    return record.checks
