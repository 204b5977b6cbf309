"""The members of a resource as tests read them: a list or an object only where the contract has one, and text as text.

Of what else a server shows, a test could make nothing: neither compare it, nor look it up, nor send it back. Reading it
is the failure, and the sentence names the member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.sentences import quote_value
from lead_provider_conformance.http.errors import IncompleteResponse

ANYTHING = Shape(open=True)
"""What is known of the shape of an answer that the contract does not have."""


class Readings:
    """What tests have read from answers: it tells whether a value that no request may carry is a server's own."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def note(self, value: object) -> None:
        """Take note of a value that was read."""
        self._texts.add(value if type(value) is str else str(value))

    def hold(self, *values: object) -> bool:
        """Whether one of these values, or of those that a comma parts in them, has been read before."""
        texts = [part for value in map(str, values) for part in (value, *value.split(","))]
        return not self._texts.isdisjoint(texts)


class Members(dict[str, Any]):
    """An object of an answer. Reading a member of it raises IncompleteResponse if that is not what the contract has.

    `record` is the id of the resource that it belongs to, and `readings` is where what is read is noted.
    """

    __slots__ = ("_readings", "_record", "_shape")

    def __init__(self, content: Mapping[str, Any], shape: Shape, record: str, readings: Readings) -> None:
        dict.__init__(self, content)
        self._shape = shape
        self._record = record
        self._readings = readings

    def __getitem__(self, name: str) -> Any:
        value = dict.__getitem__(self, name)
        shape = self._shape.members.get(name, ANYTHING)
        if type(value) is str and value.isascii() and not shape.members and not shape.items:
            self._readings.note(value)  # which is nearly always so
            return value
        if type(value) is Members or (type(value) is list and value and type(value[0]) is Members):
            return value  # which has been read before
        read = self._read(name, value, shape)
        if read is not value:
            self[name] = read
        return read

    def get(self, name: str, default: Any = None) -> Any:
        """The member of that name, or `default` if there is none."""
        # Tests look for members that an answer need not have, and an error would cost more than the member.
        return self[name] if name in self else default  # noqa: SIM401 - that would be this method itself

    def _read(self, name: str, value: Any, shape: Shape) -> Any:
        if value is not None and shape is not ANYTHING:
            due = "an object" if shape.members else "a list" if shape.items else None
            come = "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else None
            if due != come and not (come == "an object" and shape.open):
                self._refuse(name, f"as {quote_value(value)}, where the contract has {due or 'a single value'}")
        if isinstance(value, dict):
            return Members(value, shape, self._record, self._readings)
        if isinstance(value, list):
            return [self._read(name, each, shape.items) for each in value] if shape.items else value
        if isinstance(value, str) and not _is_text(value):
            self._refuse(name, "with half of a character (a lone surrogate), which is no text")
        self._readings.note(value)
        return value

    def _refuse(self, name: str, why: str) -> None:
        raise IncompleteResponse(f"The record {self._record} shows `{name}` {why}.")


def as_listed(
    contract: Contract, path: str, resources: Iterable[Mapping[str, Any]], readings: Readings
) -> tuple[Members, ...]:
    """The resources of the list at `path`, kept since it was read, as an answer gives them."""
    operation = contract.find("GET", path)
    whole = (contract.shape(operation, 200) if operation else None) or ANYTHING
    shape = whole.members.get("data", ANYTHING).items or ANYTHING
    return tuple(Members(each, shape, each["id"], readings) for each in resources)


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value)
