"""One exchange of a client's session, read from its journal line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import orjson

SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A request of the client, and the response that was sent.

    `start` and `end` are seconds since the epoch on the machine's clock: when the head of the request had come, and
    when the last byte of the response was written. `offset` is how far the session's clock is ahead, in seconds.
    `status` is None if no complete response was sent: the connection was reset, cut or closed by the client.
    `situation` is the id of the armed situation that was delivered with this response. `in_flight` is the number of
    the client's requests without a response at the start, this one included. `connection` is the number of the
    connection; 0 if it is not known.
    """

    id: str
    act: str
    start: float
    end: float
    offset: float
    method: str
    target: str
    headers: Mapping[str, str]
    body: str | None
    operation: str | None
    status: int | None
    response_headers: Mapping[str, str]
    response_body: str
    situation: str | None
    in_flight: int
    error: str | None
    violations: tuple[Mapping[str, Any], ...]
    """The violations of the contract by the request; `requirement` is `contract/request-schema` or another rule."""
    connection: int = 0
    path: str = field(init=False)
    query: tuple[tuple[str, str], ...] = field(init=False)
    """The decoded parameters in their order."""
    segments: tuple[str, ...] = field(init=False)
    """The segments of the path after `/api/v3`: `("participants", id, "defer")`."""

    def __post_init__(self) -> None:
        """Split the target."""
        path, _, query = self.target.partition("?")
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "segments", path_segments(path))
        object.__setattr__(self, "query", tuple(parse_qsl(query, keep_blank_values=True)))

    @property
    def now(self) -> datetime:
        """The session's time at the start, aware."""
        return datetime.fromtimestamp(self.start).astimezone() + timedelta(seconds=self.offset)

    @property
    def server_start(self) -> float:
        """The session's time at the start, in seconds since the epoch."""
        return self.start + self.offset

    @property
    def is_write(self) -> bool:
        """Whether the method of the request can change a record."""
        return self.method not in ("GET", "HEAD", "OPTIONS")

    @property
    def succeeded(self) -> bool:
        """Whether the client was sent a complete 2xx response."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def failed(self) -> bool:
        """Whether there was no complete response, or one of a server error: the client cannot know the effect."""
        return self.status is None or self.status in SERVER_ERRORS

    @property
    def refused(self) -> bool:
        """Whether the request was refused for its content: 400 or 422."""
        return self.status in (400, 422)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes of the request's body; empty if it has none."""
        return attributes_of(parsed(self.body))

    @property
    def document(self) -> Any:
        """The JSON document of the response; None if it is not JSON."""
        return parsed(self.response_body)

    @property
    def records(self) -> tuple[Mapping[str, Any], ...]:
        """The resource objects in the `data` of a 2xx response."""
        if not self.succeeded:
            return ()
        document = self.document
        data = document.get("data") if isinstance(document, dict) else None
        return tuple(each for each in (data if isinstance(data, list) else [data]) if isinstance(each, dict))

    def parameter(self, name: str) -> str | None:
        """Return the last value of a query parameter such as `filter[cohort]`."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Exchange:
        """Return the exchange of a line of `exchanges.ndjson`."""
        start = datetime.fromisoformat(line["at"]).timestamp()
        request, response, observed = line["request"], line["response"], line["observed"]
        return cls(
            id=line["id"],
            act=line["test"],
            start=start,
            end=start + line["seconds"],
            offset=observed["offset"],
            method=request["method"],
            target=_target(request["url"]),
            headers={name.lower(): value for name, value in request["headers"].items()},
            body=request["body"],
            operation=line["operation"],
            status=response["status"] if response and not line["error"] else None,
            response_headers={name.lower(): value for name, value in response["headers"].items()} if response else {},
            response_body=response["body"] if response else "",
            situation=observed["situation"],
            in_flight=observed["in_flight"],
            error=line["error"],
            violations=tuple(line["violations"]),
            connection=observed.get("connection") or 0,
        )


def _target(url: str) -> str:
    """Return the part of a URL from its path on. Clients send paths that are no valid part of a URL."""
    rest = url.partition("://")[2]
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else ""


def path_segments(path: str) -> tuple[str, ...]:
    """Return the segments of a path after `/api/v3`."""
    parts = tuple(part for part in path.split("/") if part)
    return parts[2:] if parts[:1] == ("api",) else parts


def parsed(text: str | None) -> Any:
    """Return the JSON value of a text, or None if it is not JSON."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def attributes_of(document: Any) -> Mapping[str, Any]:
    """Return the `attributes` of a document's `data`; empty if it has none."""
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    return attributes if isinstance(attributes, dict) else {}
