"""Rules about the token and the address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import UUID
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_outlived, passed, rule, unmet
from lead_provider_conformance.readiness.rules.absence import cue_of
from lead_provider_conformance.readiness.trace import Trace

_BEARER = re.compile(r"Bearer +\S+ *", re.IGNORECASE)
_TESTS_ON_PURPOSE = 3
"""Refused requests of different kinds that are taken for tests of the client's error handling."""
_REPEATS_AFTER_401, _WINDOW_AFTER_401 = 3, 600.0
_MOST_IN_A_SECOND = 20
_UNKNOWN_IDS = 3
"""Ids without a record that a client may try per operation on purpose."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "host.docker.internal")


def of_api(trace: Trace) -> tuple[Exchange, ...]:
    """Return the requests to the API. Health checks, documents and icons are no part of it."""
    return tuple(each for each in trace.exchanges if each.path.startswith("/api/v") and each.method != "OPTIONS")


def are_tests(exchanges: Sequence[Exchange]) -> bool:
    """Return whether faulty requests are few, refused and all different: tests of error handling on purpose."""
    kinds = {(each.method, each.operation or each.path) for each in exchanges}
    refused = all(each.status in (400, 401, 403, 404, 422) for each in exchanges)
    return refused and len(kinds) == len(exchanges) <= _TESTS_ON_PURPOSE


@rule("access/bearer-header")
def bearer_header(trace: Trace) -> Iterator[Result]:
    """Each request has an Authorization header of the form Bearer TOKEN."""
    requests = of_api(trace)
    without = [each for each in requests if not _BEARER.fullmatch(each.headers.get("authorization", ""))]
    yield from _all_but(
        requests,
        without,
        "{request} came without an Authorization header of the form Bearer TOKEN; {count} of {all} requests did.",
    )


@rule("access/not-in-url")
def not_in_url(trace: Trace) -> Iterator[Result]:
    """Neither the target nor the Referer of a request has the token."""
    with_token = [
        each for each in trace.exchanges if any("$TOKEN" in unquote(text) for text in (each.target, _referer(each)))
    ]
    for each in with_token[:1]:
        place = "target" if "$TOKEN" in unquote(each.target) else "Referer"
        yield failed(
            f"The {place} of {each.method} {each.path} has the token; {len(with_token)} requests have it in a URL. "
            "The token belongs in the Authorization header only.",
            *with_token,
        )
    if not with_token and trace.exchanges:
        yield passed(trace.exchanges[-1])


def _referer(exchange: Exchange) -> str:
    return exchange.headers.get("referer", "")


@rule("access/own-token-per-environment")
def own_token(trace: Trace) -> Iterator[Result]:
    """No request has another bearer value than the session's token."""
    requests = of_api(trace)
    others = [each for each in requests if "$OTHER_TOKEN" in each.headers.get("authorization", "")]
    yield from _all_but(
        requests,
        others,
        "{request} came with another token than that of this session; {count} of {all} requests did. "
        "A token of another environment must not be used here.",
    )


def _all_but(requests: Sequence[Exchange], faulty: Sequence[Exchange], reason: str) -> Iterator[Result]:
    """Yield a failure if there are faulty requests that are no tests on purpose, otherwise a pass."""
    if faulty and not are_tests(faulty):
        first = faulty[0]
        yield failed(
            reason.format(request=f"{first.method} {first.path}", count=len(faulty), all=len(requests)), *faulty
        )
    elif len(faulty) < len(requests):
        yield passed(next(each for each in reversed(requests) if each not in faulty))


@rule("access/stop-on-401")
def stop_on_401(trace: Trace) -> Iterator[Result]:
    """After a refused token, at most three more requests come within ten minutes, none faster than one a second."""
    yield from unmet(trace, "token-refused")
    by_cue: dict[float, list[Exchange]] = defaultdict(list)
    for _, exchange in delivered(trace, "token-refused"):
        cue = cue_of(trace, exchange)
        by_cue[cue.start if cue else 0.0].append(exchange)
    for refusals in by_cue.values():
        yield _after_refusal(trace, refusals)


def _after_refusal(trace: Trace, refusals: Sequence[Exchange]) -> Result:
    """Return the result for the refusals of one cue. Later cues are further attempts on the suite's instruction."""
    first = refusals[0]
    # Requests that were under way are no reaction to the first refusal, nor are those of the same second.
    later = [each for each in refusals if each.start > first.end][trace.largest_in_flight - 1 :]
    later = later if len(later) > _MOST_IN_A_SECOND else [each for each in later if each.start > first.end + 1]
    later = [each for each in later if each.server_start - first.server_start <= _WINDOW_AFTER_401]
    if len(later) > _REPEATS_AFTER_401:
        return failed(
            f"After the 401 for {first.method} {first.path} the client sent {len(later)} more requests with the "
            f"refused token within ten minutes; at most {_REPEATS_AFTER_401} are expected.",
            first,
            *later,
        )
    if not trace.outlived(first):
        return not_outlived(first)
    return passed(first, *later)


@rule("access/one-provider-per-token")
def one_provider_per_token(trace: Trace) -> Iterator[Result]:
    """The ids in the client's requests are of this provider: shown to it, given in a task, or known to the service."""
    unknown: dict[str, list[Exchange]] = defaultdict(list)
    named = [each for each in of_api(trace) if any(map(UUID.fullmatch, each.path.lower().split("/")))]
    refused = [each for each in named if each.status == 404 and each.situation is None]
    if refused:
        known = _known_ids(trace)
        for each in refused:
            if not set(_path_ids(each)) <= known:
                unknown[each.operation or each.path].append(each)
    for operation, exchanges in unknown.items():
        ids = {each for exchange in exchanges for each in _path_ids(exchange)}
        if len(ids) > _UNKNOWN_IDS:
            yield failed(
                f"The client sent {operation} for {len(ids)} ids that the service has never shown to this token, and "
                "had 404 for each. A token stands for one provider, and its records must not be mixed with others.",
                *exchanges,
            )
            return
    if named:
        yield passed(named[-1])


def _path_ids(exchange: Exchange) -> Iterable[str]:
    return (each for each in exchange.path.lower().split("/") if UUID.fullmatch(each))


def _known_ids(trace: Trace) -> set[str]:
    """Return every id in a response, an event or a task."""
    known = {each for exchange in trace.exchanges for each in UUID.findall(exchange.response_body.lower())}
    for _, task in trace.tasks:
        known.update(each.lower() for each in (task.participant_id, task.application_id) if each)
    for event in trace.events:
        known.update(UUID.findall(repr(event.facts).lower()))
    return known


@rule("access/https-and-host")
def https_and_host(trace: Trace) -> Iterator[Result]:
    """The Host header has the address of the session. The client's machine or container may have other names."""
    expected = urlsplit(trace.base_url)
    is_local = expected.hostname in _LOOPBACK
    for each in of_api(trace):
        host = each.headers.get("host")
        if host is None:
            continue
        if not is_local and urlsplit(f"//{host}").hostname != expected.hostname:
            yield failed(
                f"The Host header of {each.method} {each.path} is {host}; the session's address is {expected.netloc}.",
                each,
            )
            return
    requests = of_api(trace)
    if requests:
        yield passed(requests[-1])
