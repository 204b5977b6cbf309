"""What stands in for a part when a fault is on. Each hook takes what the catalogue tells it and gives a replacement.

A replacement is called with the part's own function, then with the part's arguments, of which the first is the call.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from sqlalchemy import select, true

from lead_provider_sandbox.api.answers import Answer
from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.domain.records import Provider
from lead_provider_sandbox.domain.training import Action, take_effect
from lead_provider_sandbox.parts import RefusedError, Replacement
from lead_provider_sandbox.store.tables import enrolments

Hook = Callable[[Any], Replacement]


def off(_told: Any) -> Replacement:
    """The rule finds nothing wrong."""
    return lambda *_: ()


def off_without(told: Any) -> Replacement:
    """The rule finds nothing wrong when an attribute is missing."""

    def replacement(original: Callable[..., Any], call: Call, subject: Any) -> Any:
        return original(call, subject) if told in subject.attributes else ()

    return replacement


def everything(_told: Any) -> Replacement:
    """The condition holds for every record."""
    return lambda *_: true()


def default_order(_told: Any) -> Replacement:
    """A list is in the order of creation, whatever was asked for."""
    return lambda _original, _call, columns: [columns["created_at"], columns["id"]]


def first_line(_told: Any) -> Replacement:
    """A file holds its first line only."""

    def replacement(original: Callable[..., Answer], *arguments: Any) -> Answer:
        whole = original(*arguments)
        return replace(whole, text=(whole.text or "").partition("\n")[0] + "\n")

    return replacement


def always(told: Any) -> Replacement:
    """The part gives one value, whatever it is asked."""
    return lambda *_: told


def drop(told: Any) -> Replacement:
    """The part's document lacks a member, which is named by its path."""
    *parents, name = str(told).split("/")

    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        whole = deepcopy(original(*arguments))
        _inside(whole, parents).pop(name, None)
        return whole

    return replacement


def put(told: Any) -> Replacement:
    """The part's document has another value in a member."""
    *parents, name = str(told["at"]).split("/")

    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        whole = deepcopy(original(*arguments))
        _inside(whole, parents)[name] = told["value"]
        return whole

    return replacement


def status(told: Any) -> Replacement:
    """The operation's successes have another status."""

    def replacement(original: Callable[..., Answer], *arguments: Any) -> Answer:
        return replace(original(*arguments), status=told)

    return replacement


def content_type(told: Any) -> Replacement:
    """Every answer has another content type."""

    def replacement(original: Callable[..., Answer], *arguments: Any) -> Answer:
        return replace(original(*arguments), media_type=told)

    return replacement


def unguarded_number(_told: Any) -> Replacement:
    """A paging parameter is turned into a number without a look at it."""

    def replacement(_original: Callable[..., int], call: Call, name: str, default: int) -> int:
        return int(call.query.groups.get("page", {}).get(name) or default)

    return replacement


def no_token_needed(told: Any) -> Replacement:
    """An operation is open to anybody, who is then taken for the first lead provider."""

    def replacement(original: Callable[..., Provider], call: Call, authorization: Any, tokens: Any) -> Provider:
        if call.operation.id == told and authorization is None:
            first: Provider = next(caller.provider for caller in tokens.values() if caller.provider)
            return first
        return original(call, authorization, tokens)

    return replacement


def whoever_has_it(_told: Any) -> Replacement:
    """A participant is shown as whichever provider has them sees them."""

    def replacement(original: Callable[..., str], call: Call) -> str:
        theirs = select(enrolments.c.provider_id).where(enrolments.c.person_id == call.ids["id"])
        found = [row.provider_id for row in call.connection.execute(theirs)]
        own = original(call)
        return own if own in found or not found else str(found[0])

    return replacement


def act_though_refused(told: Any) -> Replacement:
    """A refused action has its effect, and the refusal is answered."""

    def replacement(original: Callable[..., None], call: Call, action: Action) -> None:
        try:
            original(call, action)
        except RefusedError:
            if action.event == told:
                take_effect(call, action)
                call.store.keep_so_far()
            raise

    return replacement


def previous_moment(_told: Any) -> Replacement:
    """A change is recorded at the moment of the change before it."""
    return lambda _original, _call, previous: previous


HOOKS: dict[str, Hook] = {
    hook.__name__: hook
    for hook in (
        off,
        off_without,
        everything,
        default_order,
        first_line,
        always,
        drop,
        put,
        status,
        content_type,
        unguarded_number,
        no_token_needed,
        whoever_has_it,
        act_though_refused,
        previous_moment,
    )
}


def _inside(whole: Any, path: list[str]) -> Any:
    for step in path:
        whole = whole[int(step)] if isinstance(whole, list) else whole[step]
    return whole
