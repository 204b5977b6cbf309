"""Rules, the problems they find, and the errors that refuse a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lead_provider_sandbox.domain.context import Context
from lead_provider_sandbox.parts import Part, part

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Problem:
    """A defect of a request: the attribute it concerns and the contract's sentence about it."""

    attribute: str
    detail: str


Rule = Part[Context, [S], Iterator[Problem]]


class RefusedError(Exception):
    """A request breaks the rules of the service; HTTP returns 422 with one error for each attribute."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.attribute}: {problem.detail}" for problem in problems))
        self.problems = tuple(problems)


class InvalidActionError(RefusedError):
    """The action is not possible on the record in its present state; no attribute is at fault."""

    def __init__(self, detail: str) -> None:
        super().__init__([Problem("Invalid action", detail)])


class Rules(list[Rule[S]]):
    """The rules for one kind of request, in the order in which the service reports problems."""

    def rule(self, name: str) -> Callable[[Callable[[Context, S], Iterator[Problem]]], Rule[S]]:
        """Append a rule: a generator that yields a problem for each way in which its subject breaks the rule."""

        def append(function: Callable[[Context, S], Iterator[Problem]]) -> Rule[S]:
            self.append(part(name)(function))
            return self[-1]

        return append

    def check(self, context: Context, subject: S) -> None:
        """Apply the rules. Raise `RefusedError` with every problem, if there is one."""
        problems = [problem for each in self for problem in each(context, subject)]
        if problems:
            raise RefusedError(problems)
