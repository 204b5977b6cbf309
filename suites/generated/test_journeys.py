"""Sequences of calls about one participant, held against a model of what must be true after each of them."""

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.fuzzing.budget import journeys_within, share
from lead_provider_conformance.fuzzing.reproduction import write_script
from lead_provider_conformance.fuzzing.stateful import journeys, walked
from lead_provider_conformance.fuzzing.stateful.shrink import shortest
from lead_provider_conformance.fuzzing.stateful.walk import REQUIREMENTS, UNSEEN
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, uses_states, verifies
from lead_provider_conformance.run.checks import ObservedFailure
from lead_provider_conformance.run.test_context import RUN


def pytest_generate_tests(metafunc):
    """As many journeys as the budget holds."""
    run = metafunc.config.stash.get(RUN, None)
    if run is not None and "number" in metafunc.fixturenames:
        most = max(journeys_within(share(run, scope)) for scope in run.scopes)
        metafunc.parametrize("number", range(max(most, 1)))


@pytest.fixture
def other(request, run):
    """The API as another provider calls it, if the target has a second token."""
    return request.getfixturevalue("other_api") if len(run.credentials) > 1 else None


@pytest.fixture
def elsewhere(test_context, run, scope):
    """The API in the other versions of the run."""
    scopes = [each for each in run.scopes if each.programme == scope.programme and each != scope]
    return [Api(test_context.client_in(each), run.credentials[0]) for each in scopes]


@verifies(*REQUIREMENTS)
@uses_states(ANY_STATE)
def test_journey(number, api, other, elsewhere, states, calendar, run, test_context, scope, check):
    journey = journeys(scope.programme, number + 1, run.seed)[number]

    def walk(another):
        before = len(test_context.client.exchanges)
        try:
            record_of_it = states.claim(another.state)
        except CouldNotRun:
            return None
        discrepancies = walked(another, api, other, calendar, record_of_it, elsewhere)
        made[another] = [each.id for each in test_context.client.exchanges[before:]]
        return discrepancies

    made = {}
    discrepancies = walked(journey, api, other, calendar, states.claim(journey.state), elsewhere)
    made[journey] = [each.id for each in test_context.client.exchanges]

    for requirement in REQUIREMENTS:
        found = [each for each in discrepancies if each.requirement == requirement]
        if requirement == UNSEEN and other is None and not found:
            check.could_not_run(UNSEEN, "It needs the token of a second lead provider.", "Give --other-token.")
            continue
        told = []
        for each in found[:1]:
            short = shortest(journey, each, walk)
            exchanges = made.get(short, made[journey])
            told.append(ObservedFailure(f"{each.told} ({short})", exchanges))
            write_script(run.folder, f"{test_context.test}-{requirement}", each.told, exchanges)
        check.decide(requirement, told)
