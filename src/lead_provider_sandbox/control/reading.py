"""Read records of a sandbox through its own API, within the process."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import orjson
from starlette.types import ASGIApp, Message

from lead_provider_sandbox.http.list_parameters import MAXIMUM_PER_PAGE

T = TypeVar("T")

Attributes = Mapping[str, Any]

_SUCCESSOR_PATHS = {
    "participants": "participants",
    "declarations": "participant-declarations",
    "partnerships": "partnerships",
    "schools": "schools",
    "delivery-partners": "delivery-partners",
    "statements": "statements",
    "transfers": "participants/transfers",
    "unfunded-mentors": "unfunded-mentors",
}
PATHS: Mapping[str, Mapping[str, str]] = {
    "ect": _SUCCESSOR_PATHS,
    "npq": {
        "participants": "participants/npq",
        "declarations": "participant-declarations",
        "applications": "npq-applications",
        "outcomes": "participants/npq/outcomes",
        "delivery-partners": "delivery-partners",
        "statements": "statements",
    },
    "original": {
        **_SUCCESSOR_PATHS,
        "participants": "participants/ecf",
        "partnerships": "partnerships/ecf",
        "schools": "schools/ecf",
        "transfers": "participants/ecf/transfers",
        "unfunded-mentors": "unfunded-mentors/ecf",
        "applications": "npq-applications",
        "outcomes": "participants/npq/outcomes",
    },
}
"""The path of the list of each kind of record below `/api/v3/`, by service."""


class ReadError(Exception):
    """The API did not return the record or list; the message has the request and the status."""


def run_at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing, and return its result. Raise `RuntimeError` if it waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine waits; run it in an event loop")


def get(app: ASGIApp, path: str, token: str, query: Mapping[str, str]) -> tuple[int, Any]:
    """Send a GET to an application whose handlers are synchronous. Return the status and the JSON document."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(query).encode(),
        "headers": [(b"authorization", f"Bearer {token}".encode("latin-1"))],
        "client": None,
        "server": None,
    }
    run_at_once(_respond(app, scope, receive, send))
    return sent[0]["status"], orjson.loads(b"".join(each.get("body", b"") for each in sent[1:]))


async def _respond(app: ASGIApp, *arguments: Any) -> None:
    await app(*arguments)


class ApiReader:
    """Reads the records that a token may see."""

    def __init__(self, app: ASGIApp, service: str, token: str) -> None:
        self._app, self._paths, self._token = app, PATHS[service], token

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of records of the service."""
        return tuple(self._paths)

    def records(self, kind: str, **filters: str) -> list[tuple[str, Attributes]]:
        """Return the id and the attributes of every record of a list; the filters are those of the API."""
        return [(each["id"], each["attributes"]) for page in self._pages(kind, filters) for each in page]

    def record(self, kind: str, record_id: str, **filters: str) -> Attributes:
        """Return the attributes of one record. Raise `ReadError` if the token does not see it.

        A school needs the filter `cohort`. Transfers have the id of their participant, and outcomes have no path of
        their own: the list has them.
        """
        if kind == "outcomes":
            return self._in_list(kind, record_id)
        path = f"{self._path(kind)}/{record_id}"
        if kind == "transfers":
            path = self._path(kind).replace("/transfers", f"/{record_id}/transfers")
        document: Attributes = self._get(path, filters)["attributes"]
        return document

    def _in_list(self, kind: str, record_id: str) -> Attributes:
        for each_id, attributes in self.records(kind):
            if each_id == record_id:
                return attributes
        raise ReadError(f"the list of {kind} has no record {record_id}")

    def _pages(self, kind: str, filters: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
        number, size = 1, MAXIMUM_PER_PAGE
        while size == MAXIMUM_PER_PAGE:
            paging = {"page[page]": str(number), "page[per_page]": str(MAXIMUM_PER_PAGE)}
            page = self._get(self._path(kind), filters, paging)
            yield page
            number, size = number + 1, len(page)

    def _path(self, kind: str) -> str:
        if kind not in self._paths:
            raise ReadError(f"there are no records of kind {kind!r}; the kinds are {', '.join(self._paths)}")
        return self._paths[kind]

    def _get(self, path: str, filters: Mapping[str, str], paging: Mapping[str, str] | None = None) -> Any:
        query = {**{f"filter[{name}]": str(value) for name, value in filters.items()}, **(paging or {})}
        status, document = get(self._app, f"/api/v3/{path}", self._token, query)
        if status != 200:
            raise ReadError(f"GET /api/v3/{path} with {query} returned {status}: {document}")
        return document["data"]
