"""The rule about the version of the API."""

from __future__ import annotations

from collections.abc import Iterator

from lead_provider_conformance.readiness.rule import Result, failed, passed, rule
from lead_provider_conformance.readiness.rules.access import are_tests, of_api
from lead_provider_conformance.readiness.trace import Trace


@rule("version/current")
def current(trace: Trace) -> Iterator[Result]:
    """Requests are for the version of the session. One refused request for another version is a test on purpose."""
    requests = of_api(trace)
    own = f"/api/{trace.scope.version}/"
    others = [each for each in requests if not f"{each.path}/".startswith(own)]
    if others and not are_tests(others):
        yield failed(
            f"{others[0].method} {others[0].path} is for another version than {trace.scope.version}; {len(others)} of "
            f"{len(requests)} requests are.",
            *others,
        )
    elif len(others) < len(requests):
        yield passed(next(each for each in reversed(requests) if each not in others))
