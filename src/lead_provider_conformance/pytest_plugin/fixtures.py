"""The fixtures of the tests in `suites/`."""

from __future__ import annotations

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Client
from lead_provider_conformance.model import CouldNotRun, Scope
from lead_provider_conformance.oracles.lists import Listing, ListOperation, Lists
from lead_provider_conformance.pytest_plugin.allure import label
from lead_provider_conformance.pytest_plugin.collection import requirements_of, shared_scopes
from lead_provider_conformance.pytest_plugin.markers import is_one_more_situation, states_of
from lead_provider_conformance.run.checks import Checks
from lead_provider_conformance.run.needed_operations import missing_operations
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.run.test_context import RUN, TEST_CONTEXT, TestContext
from lead_provider_conformance.testdata import States
from lead_provider_conformance.testdata.inventory import Inventory


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The run."""
    return request.config.stash[RUN]


@pytest.fixture
def test_context(request: pytest.FixtureRequest, run: Run, scope: Scope) -> TestContext:
    """The clients and checks of the test."""
    context = context_of(request.node, run, scope)
    context.check_applies()
    label(context.requirements, scope)
    return context


def context_of(item: pytest.Item, run: Run, scope: Scope) -> TestContext:
    """Return the context of a test, created on the first call."""
    if TEST_CONTEXT not in item.stash:
        verified = requirements_of(item, run)
        requirements = [each for each in verified if each.applies_to(scope)]
        out_of_scope = [each.id for each in verified if not each.applies_to(scope)]
        item.stash[TEST_CONTEXT] = TestContext(
            run,
            scope,
            item.nodeid,
            requirements,
            shared_scopes(item, run),
            states_of(item),
            out_of_scope,
            missing=missing_operations(
                item.nodeid, scope.programme, [each.id for each in requirements], run.target.implements
            ),
            found=run.found_operations,
            is_part="operation" in getattr(item, "fixturenames", ()),
            is_one_more_situation=is_one_more_situation(item),
        )
    return item.stash[TEST_CONTEXT]


@pytest.fixture
def contract(run: Run, scope: Scope) -> Contract:
    """The contract of the version under test."""
    return run.contract(scope)


@pytest.fixture
def calendar(run: Run) -> Calendar:
    """The cohorts, schedules and milestone windows."""
    return run.calendar


@pytest.fixture
def client(test_context: TestContext) -> Client:
    """The client of the test; tests send every request with it."""
    return test_context.client


@pytest.fixture
def api(client: Client, run: Run) -> Api:
    """The API as the provider under test calls it."""
    return Api(client, run.credentials[0])


@pytest.fixture
def other_api(api: Api, run: Run) -> Api:
    """The API as another lead provider calls it."""
    if len(run.credentials) < 2:
        raise CouldNotRun(
            "This test needs the token of a second lead provider.",
            "Give --other-token, or add a second token to the target file.",
        )
    return api.with_credential(run.credentials[1])


@pytest.fixture
def states(test_context: TestContext) -> States:
    """Records in named states."""
    return test_context.states


@pytest.fixture
def lists(api: Api, contract: Contract, run: Run, states: States) -> Lists:
    """The lists of the version under test, by name."""
    return Lists(api, contract, states, Inventory(api, run.workspace / "inventory"))


@pytest.fixture
def listing(lists: Lists, listed: ListOperation) -> Listing:
    """The list under test, in a test that runs once for each list."""
    return lists.of(listed)


@pytest.fixture
def check(test_context: TestContext) -> Checks:
    """Decides the requirements of a test that verifies several."""
    return test_context.checks
