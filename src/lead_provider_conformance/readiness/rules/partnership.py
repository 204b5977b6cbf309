"""Rules about partnerships with schools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.horizon import horizon
from lead_provider_conformance.readiness.people import people_of
from lead_provider_conformance.readiness.resources import DELIVERY_PARTNERS, PARTNERSHIPS, SCHOOLS, place
from lead_provider_conformance.readiness.rule import Result, failed, not_applicable, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.access import are_tests
from lead_provider_conformance.readiness.shown import Record
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import is_tolerated, is_undecided, partnerships_sent

COHORT = "filter[cohort]"


@rule("partnership/check-first")
def check_first(trace: Trace) -> Iterable[Result]:
    """Check that partnerships and schools of the cohort were read before a partnership is made.

    A list of partnerships without a cohort shows all of them. One school read by its id counts.
    """
    reads = [(place(each)[0], each) for each in trace.exchanges if each.method == "GET" and each.succeeded]
    for exchange in partnerships_sent(trace):
        cohort = str(exchange.attributes.get("cohort"))
        kinds = {kind for kind, each in reads if each.end < exchange.start and _is_about(each, cohort)}
        missing = [kind for kind in (PARTNERSHIPS, SCHOOLS) if kind not in kinds]
        if missing:
            reason = f"A partnership of cohort {cohort} was made, and {' and '.join(missing)} were not read before."
            yield failed(reason, exchange, kind="unchecked partnership", group=f"{cohort} {' '.join(missing)}")
        else:
            yield passed(exchange)


@rule("partnership/no-duplicate")
def no_duplicate(trace: Trace) -> Iterable[Result]:
    """Check that no second partnership of a school and cohort is made.

    Copies after a response that decides nothing are fine. One refused attempt at a task that is wrong on purpose is no
    failure.
    """
    earlier: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for exchange in partnerships_sent(trace):
        key = _key(exchange.attributes)
        copied = any(is_undecided(each) and each.attributes == exchange.attributes for each in earlier[key])
        shown = [each for each in _existing(trace, exchange, key) if each[1].end < horizon(trace, exchange)]
        earlier[key].append(exchange)
        if not shown or copied:
            yield passed(exchange)
        elif not is_tolerated(trace, exchange):
            reason = f"A partnership of school {key[0]} and cohort {key[1]} was made; {shown[0][0]} was shown for both."
            yield failed(reason, shown[0][1], exchange, kind="second partnership", group=" ".join(key))


@rule("partnership/delivery-partner-known")
def delivery_partner_known(trace: Trace) -> Iterable[Result]:
    """Check that each delivery partner was shown with the cohort before a request names it.

    A delivery partner in an existing partnership of the cohort counts too. One refused attempt at a task that is wrong
    on purpose is no failure.
    """
    people = people_of(trace)
    writes = [*partnerships_sent(trace), *(each for each in trace.writes() if _corrects(each))]
    for exchange in writes:
        partner = exchange.attributes.get("delivery_partner_id")
        if not isinstance(partner, str):
            continue
        own = people.records(exchange, PARTNERSHIPS, place(exchange)[1] or "")
        cohort = str((own[-1] if own else exchange.attributes).get("cohort"))
        views = people.records(exchange, DELIVERY_PARTNERS, partner)
        shown = trace.shown.all_before(PARTNERSHIPS, exchange.start)
        used = {str(each.get("delivery_partner_id")).lower() for _, each in shown if str(each.get("cohort")) == cohort}
        if partner.lower() in used or any(cohort in map(str, each.get("cohort") or ()) for each in views):
            yield passed(exchange)
        elif not is_tolerated(trace, exchange):
            how = f"not shown for cohort {cohort}" if views else "not shown at all"
            reason = f"The request names the delivery partner {partner}, which was {how}."
            yield failed(reason, exchange, kind="delivery partner", place="delivery_partner_id", group=partner)


@rule("partnership/schools-cohort")
def schools_cohort(trace: Trace) -> Iterable[Result]:
    """Check that each request for schools has filter[cohort]. One that is refused is a test of the error handling."""
    requests = [each for each in trace.exchanges if each.method == "GET" and place(each)[0] == SCHOOLS]
    without = [each for each in requests if not each.parameter(COHORT)]
    if without and not are_tests(without):
        reason = f"GET {without[-1].path} had no {COHORT}; {len(without)} of {len(requests)} requests had none."
        yield failed(reason, *without, kind="missing filter", place=COHORT, group="schools")
    elif len(without) < len(requests):
        yield passed(*(each for each in requests if each not in without))


@rule("partnership/challenged")
def challenged(trace: Trace) -> Iterable[Result]:
    """Check that a challenged partnership is not changed.

    Schools do not challenge any more in the ECT service of 2026-08: its partnerships have no status.
    """
    versions = trace.shown.versions.get(PARTNERSHIPS, {})
    shown = {
        identifier: next((each for each in history if each.attributes.get("status") == "challenged"), None)
        for identifier, history in versions.items()
    }
    if not any(shown.values()):
        yield not_applicable("No partnership is challenged: the service of this edition has no challenges.")
        return
    for identifier, first in shown.items():
        if first is None:
            continue
        puts = [each for each in trace.reaction(first.exchange) if _corrects(each) and place(each)[1] == identifier]
        if puts:
            reason = f"The partnership {identifier} was changed, and was shown as challenged."
            yield failed(reason, first.exchange, puts[0], kind="challenged partnership", group=identifier)
        else:
            yield passed(first.exchange) if trace.outlived(first.exchange) else not_outlived(first.exchange)


def _corrects(exchange: Exchange) -> bool:
    kind, identifier, _ = place(exchange)
    return kind == PARTNERSHIPS and identifier is not None and exchange.is_write


def _is_about(exchange: Exchange, cohort: str) -> bool:
    """Return whether a read shows the records of a cohort."""
    wanted = exchange.parameter(COHORT)
    return not wanted or cohort in wanted.split(",")


def _key(attributes: Record) -> tuple[str, str]:
    return str(attributes.get("school_id")).lower(), str(attributes.get("cohort"))


def _existing(trace: Trace, exchange: Exchange, key: tuple[str, str]) -> list[tuple[str, Exchange]]:
    """Return the partnerships of a school and cohort that were shown before a request, with the responses."""
    found = []
    for identifier, history in trace.shown.versions.get(PARTNERSHIPS, {}).items():
        if _key(history[0].attributes) == key and people_of(trace).records(exchange, PARTNERSHIPS, identifier):
            found.append((identifier, history[0].exchange))
    return found
