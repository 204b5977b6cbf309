"""Journeys: sequences of requests about one participant, checked against a model.

After each step the response, the single record and the lists must agree with the model, and at the end so must other
versions and a second provider. The tables of the model are in `fuzzing/stateful/`.
"""

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.fuzzing.case_records import other_provider
from lead_provider_conformance.fuzzing.case_selection import journey_budget, scope_budget
from lead_provider_conformance.fuzzing.reproduction import write_script
from lead_provider_conformance.fuzzing.stateful import REQUIREMENTS, UNSEEN, Apis, JourneyChecker, journeys
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, uses_states, verifies
from lead_provider_conformance.run.checks import ObservedFailure
from lead_provider_conformance.run.test_context import RUN


def pytest_generate_tests(metafunc):
    """Run as many journeys as the budget allows."""
    run = metafunc.config.stash.get(RUN, None)
    if run is not None and "number" in metafunc.fixturenames:
        most = max(journey_budget(scope_budget(run, scope)) for scope in run.scopes)
        metafunc.parametrize("number", range(max(most, 1)))


@pytest.fixture
def apis(request, api, test_context, run, scope):
    second_provider = request.getfixturevalue("other_api") if len(run.credentials) > 1 else None
    scopes = [each for each in run.scopes if each.programme == scope.programme and each != scope]
    other_versions = [Api(test_context.client_in(each), run.credentials[0]) for each in scopes]
    return Apis(api, second_provider, other_versions, other_provider(test_context.discovery_client, run))


@verifies(*REQUIREMENTS)
@uses_states(ANY_STATE)
def test_journey(number, apis, states, calendar, run, test_context, scope, check):
    # Otherwise a journey would end at its first known deviation, and test nothing after it.
    journey = journeys(scope.programme, number + 1, run.seed, run.edition)[number].without(
        run.waived_requirements(scope)
    )
    for operation in journey.operations:
        apis.provider.client.require(operation)
    failures = JourneyChecker(apis, states, calendar).failures(journey)

    for requirement in REQUIREMENTS:
        if failure := failures.get(requirement):
            write_script(run.folder, f"{test_context.test}-{requirement}", failure.reason, failure.exchanges)
            check.decide(requirement, [ObservedFailure(failure.reason, failure.exchanges, cause=failure.cause)])
        elif requirement == UNSEEN and apis.second_provider is None:
            check.could_not_run(UNSEEN, "It needs the token of a second lead provider.", "Give --other-token.")
        else:
            check.decide(requirement, [])
