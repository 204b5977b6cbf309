"""The exchanges of a run as an HTTP Archive, HAR 1.2, for tools that read recorded traffic.

The tokens are already replaced by names such as `$TOKEN`. Fields of our own begin with an underscore, as HAR demands.
"""

from __future__ import annotations

import http
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from lead_provider_conformance.results.journal import Journals, encode_line
from lead_provider_conformance.text import one_line

HTTP_VERSION = "HTTP/1.1"
NOT_KNOWN = -1
URL_CHARACTERS = ":/?#[]@!$&'()*+,;=%"
"""The characters that an URL may have beside letters, digits, `-._~`: RFC 3986. Others are percent-encoded."""
NO_RESPONSE = 0
"""The status of an entry without a response, as browsers write it."""


def write_har(journals: Journals, path: Path) -> None:
    """Write the exchanges, in the order of their start, atomically into `path`."""
    situations = {line["id"]: line["situation"] for line in journals.script if line["kind"] == "situation"}
    ordered = sorted(journals.exchanges.values(), key=lambda exchange: exchange["at"])
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(_head(journals))
        for number, exchange in enumerate(ordered):
            file.write((b",\n" if number else b"\n") + encode_line(_entry(exchange, situations)).rstrip())
        file.write(b"\n]}}\n")
    temporary.replace(path)


def _head(journals: Journals) -> bytes:
    run = journals.run
    name, edition = one_line(run["target"]["name"]), run["contract"]["edition"]
    log = {
        "version": "1.2",
        "creator": {"name": "lead-provider-conformance", "version": run["suite"]["version"]},
        "comment": f"Run {run['id']} of {name}, contract edition {edition}",
    }
    return b'{"log":' + encode_line(log).rstrip().removesuffix(b"}") + b',"entries":['


def _entry(exchange: Mapping[str, Any], situations: Mapping[str, str]) -> dict[str, Any]:
    milliseconds = round(exchange["seconds"] * 1000, 3)
    observed = exchange.get("observed", {})
    situation = situations.get(observed.get("situation") or "")
    return {
        "startedDateTime": exchange["at"],
        "time": milliseconds,
        "request": _request(exchange["request"]),
        "response": _response(exchange["response"]),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_id": exchange["id"],
        "_test": exchange["test"],
        "_operation": exchange["operation"],
        **({"connection": str(observed["connection"])} if observed else {}),
        **({"_situation": situation} if situation else {}),
        **({"_error": exchange["error"]} if exchange["error"] else {}),
    }


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    body = request["body"]
    query = request["url"].partition("#")[0].partition("?")[2]
    return {
        "method": request["method"],
        "url": quote(request["url"], safe=URL_CHARACTERS, errors="surrogatepass"),
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": list(_pairs(request["headers"].items())),
        "queryString": list(_pairs(parse_qsl(query, keep_blank_values=True))),
        "headersSize": NOT_KNOWN,
        "bodySize": _size(body or ""),
        **({"postData": {"mimeType": _header(request["headers"], "content-type"), "text": body}} if body else {}),
    }


def _response(response: Mapping[str, Any] | None) -> dict[str, Any]:
    headers: Mapping[str, str] = response["headers"] if response else {}
    status = response["status"] if response else NO_RESPONSE
    content = {"size": response["bytes"] if response else 0, "mimeType": _header(headers, "content-type")}
    if response:
        content["text"] = response["body"]
        if response["cut"]:
            content["comment"] = "Only the beginning was recorded."
    return {
        "status": status,
        "statusText": http.HTTPStatus(status).phrase if status in list(http.HTTPStatus) else "",
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": list(_pairs(headers.items())),
        "content": content,
        "redirectURL": _header(headers, "location"),
        "headersSize": NOT_KNOWN,
        "bodySize": NOT_KNOWN,
    }


def _pairs(items: Any) -> Iterator[dict[str, str]]:
    return ({"name": name, "value": value} for name, value in items)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
