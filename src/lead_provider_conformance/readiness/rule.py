"""Rules: pure functions of a session's trace, one for each obligation that can be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.trace import Trace


@dataclass(frozen=True, slots=True)
class Result:
    """One decision of a rule. `exchanges` show it, the decisive one last.

    Failures with the same `group` are one failure. `blocked_by` is the id of the obligation whose failure explains
    why this one could not be judged.
    """

    outcome: Outcome
    reason: str | None = None
    exchanges: tuple[str, ...] = ()
    remedy: str | None = None
    group: str | None = None
    cause: Cause | None = None
    blocked_by: str | None = None


Rule = Callable[[Trace], Iterable[Result]]

RULES: dict[str, Rule] = {}
"""The rules by the id of their obligation."""


def rule(*obligations: str) -> Callable[[Rule], Rule]:
    """Register a rule under the ids of the obligations that it judges, each in the same way.

    A rule yields `passed` or `failed` for each case that it applies to. It yields `not_met` or `not_outlived` for a
    case that was armed in vain. It yields nothing if it applied to nothing: the obligation was then not shown.
    """

    def register(function: Rule) -> Rule:
        for each in obligations:
            if each in RULES:
                raise ValueError(f"{each} has two rules")
            RULES[each] = function
        return function

    return register


def passed(*exchanges: Exchange) -> Result:
    """Return that the client met the obligation in these exchanges."""
    return Result(Outcome.PASSED, exchanges=_ids(exchanges))


def failed(reason: str, *exchanges: Exchange, kind: str = "", place: str = "", group: str | None = None) -> Result:
    """Return that the client broke the obligation. `reason` says the request, the expectation and the difference.

    The decisive exchange is the last. `kind` and `place` describe the cause: failures that share them are one cause.
    """
    operation = (exchanges[-1].operation or "") if exchanges else ""
    cause = Cause(operation, place, kind) if kind or place else None
    return Result(Outcome.FAILED, reason, _ids(exchanges), group=group, cause=cause)


def not_met(reason: str, remedy: str, *exchanges: Exchange, blocked_by: str | None = None) -> Result:
    """Return that the client did not do what leads to the obligation. `reason` may begin with a small letter."""
    sentence = reason[:1].upper() + reason[1:]
    return Result(Outcome.COULD_NOT_RUN, sentence, _ids(exchanges), remedy, blocked_by=blocked_by)


def not_outlived(*exchanges: Exchange) -> Result:
    """Return that the client met the situation and then sent nothing more."""
    return Result(
        Outcome.COULD_NOT_RUN,
        "The client sent no request after this response.",
        _ids(exchanges),
        "Find out whether the system stopped at this response; let it run on and repeat the act.",
    )


def not_applicable(reason: str) -> Result:
    """Return that the obligation does not apply to this client."""
    return Result(Outcome.NOT_APPLICABLE, reason)


def undelivered(situation: str) -> Result:
    """Return that the suite armed a situation and could not deliver it, though the client met its conditions."""
    return Result(Outcome.SUITE_ERROR, f"The situation {situation} was armed and could not be delivered.")


def delivered(trace: Trace, *situations: str) -> Iterator[tuple[Any, Exchange]]:
    """Yield each armed situation of those names with each exchange that it was delivered with."""
    for situation in trace.situations_named(*situations):
        for each in situation.delivered:
            if each in trace.by_id:
                yield situation, trace.by_id[each]


def unmet(trace: Trace, *situations: str) -> Iterator[Result]:
    """Yield the result of situations that were armed, none of which was delivered; nothing if one was."""
    armed = trace.situations_named(*situations)
    if not armed or any(each.delivered for each in armed):
        return
    if any(each.problem for each in armed):
        yield undelivered(armed[0].name)
    else:
        yield not_met(
            f"the client sent no request to which the situation {armed[0].name} applies.",
            f"Let the system do all of the act {armed[0].act}.",
        )


def _ids(exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    return tuple(each.id for each in exchanges)
