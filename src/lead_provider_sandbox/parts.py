"""Named parts: the pieces of the sandbox that can be switched off or replaced by name.

A rule, a filter, a serializer or a whole operation is a function that takes the current `Call` first. Decorating it
with `part` or `rule` gives it a name. A call carries the replacements in force (none, unless a fault was asked
for), so the code that uses a part reads as an ordinary function call and knows nothing about faults. What comes before
there is a call takes the gateway instead, which carries them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from lead_provider_sandbox.http.call import Call

P = ParamSpec("P")
R = TypeVar("R")

Replacement = Callable[..., Any]
"""What stands in for a part: called with the part's own function, then with the part's arguments."""


class Carrier(Protocol):
    """What carries the replacements in force: a call, or the gateway."""

    replacements: Mapping[str, Replacement]


C = TypeVar("C", bound=Carrier)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: the attribute it concerns and the sentence the contract has for it."""

    attribute: str
    detail: str


class Part(Generic[C, P, R]):
    """A function with a name by which it can be replaced."""

    __slots__ = ("function", "name", "sentence")

    def __init__(self, name: str, function: Callable[Concatenate[C, P], R]) -> None:
        self.name = name
        self.function = function
        self.sentence = " ".join((function.__doc__ or "").split())

    def __call__(self, call: C, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do what the part does, or what replaces it in this call."""
        replacement = call.replacements.get(self.name)
        if replacement is None:
            return self.function(call, *args, **kwargs)
        return replacement(self.function, call, *args, **kwargs)  # type: ignore[no-any-return]


S = TypeVar("S")
Rule = Part["Call", [S], Iterable[Problem]]

PARTS: dict[str, Part[Any, ..., Any]] = {}
"""Every part by name; filled as the modules that define them are imported."""


def part(name: str) -> Callable[[Callable[Concatenate[C, P], R]], Part[C, P, R]]:
    """Name a function so that it can be replaced; names are unique."""

    def register(function: Callable[Concatenate[C, P], R]) -> Part[C, P, R]:
        if name in PARTS:
            raise ValueError(f"two parts are called {name!r}")
        made = Part(name, function)
        PARTS[name] = made
        return made

    return register


def rule(name: str) -> Callable[[Callable[[Call, S], Iterator[Problem]]], Rule[S]]:
    """Name a rule: a generator that yields a problem for each way in which the subject breaks it.

    Its docstring is the sentence that says what the rule asks for.
    """
    return part(name)


class RefusedError(Exception):
    """A request breaks the rules of the service: answered with 422 and one error for each attribute."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.attribute}: {problem.detail}" for problem in problems))
        self.problems = tuple(problems)


def judge(call: Call, subject: S, rules: Iterable[Rule[S]]) -> None:
    """Apply rules in order; raise `RefusedError` with all the problems found, if there are any."""
    problems = [problem for each in rules for problem in each(call, subject)]
    if problems:
        raise RefusedError(problems)
