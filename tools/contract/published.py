"""Compare the facts of a published OpenAPI document with those of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract.facts import Fact, Facts, OperationFacts

ABSENT, PRESENT = "absent", "present"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the published document and the contract; `what` names the place and the aspect."""

    operation: str
    """Method and path: `GET /api/v3/statements`."""
    what: str
    """`operation`, `403 response`, `200 media type text/csv`, `200 data[].id type`, `request data.type enum` …

    The last word of a difference of a member is `type`, `required`, `enum` or `format`.
    """
    published: str
    """`absent`, `present` or the published value; of an enumeration, the values that the contract lacks."""
    here: str
    """`absent`, `present` or the contract's value; of an enumeration, the values that the contract adds."""

    def __str__(self) -> str:
        return f"{self.operation} {self.what}: {self.published or 'nothing'} → {self.here or 'nothing'}"


def facts_from_json(data: Mapping[str, Any]) -> dict[str, OperationFacts]:
    """Return the facts in a file `published-EDITION-VERSION.json`, by operation."""

    def facts(raw: Mapping[str, Any]) -> Facts:
        return {
            name: Fact(
                tuple(fact["type"]),
                fact["required"],
                tuple(fact.get("enum", ())),
                (fact["format"],) if "format" in fact else (),
            )
            for name, fact in raw.items()
        }

    return {
        name: OperationFacts(
            facts(raw["parameters"]),
            facts(raw["request"]),
            {
                status: {media: facts(body) for media, body in content.items()}
                for status, content in raw["responses"].items()
            },
            raw["deprecated"],
        )
        for name, raw in data["operations"].items()
    }


def differences(
    published: Mapping[str, OperationFacts], here: Mapping[str, OperationFacts], *, formats: bool = False
) -> Iterator[Difference]:
    """Yield the differences, operation by operation; with `formats`, those of formats too."""
    for name in sorted({*published, *here}):
        if name not in here or name not in published:
            yield Difference(name, "operation", *_presence(published, here, name))
            continue
        for what, before, after in _operation_differences(published[name], here[name]):
            if formats or not what.endswith(" format"):
                yield Difference(name, what, before, after)


def _operation_differences(a: OperationFacts, b: OperationFacts) -> Iterator[tuple[str, str, str]]:
    yield from _fact_differences("parameter", a.parameters, b.parameters)
    yield from _fact_differences("request", a.request, b.request)
    for status in sorted({*a.responses, *b.responses}):
        if status not in a.responses or status not in b.responses:
            yield f"{status} response", *_presence(a.responses, b.responses, status)
            continue
        x, y = a.responses[status], b.responses[status]
        for media in sorted({*x, *y}):
            if media not in x or media not in y:
                yield f"{status} media type {media}", *_presence(x, y, media)
            else:
                yield from _fact_differences(status, x[media], y[media])


def _fact_differences(place: str, a: Facts, b: Facts) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*a, *b}):
        what = f"{place} {name}"
        if name not in a or name not in b:
            yield what, *_presence(a, b, name)
            continue
        x, y = a[name], b[name]
        if x.types != y.types:
            yield f"{what} type", " or ".join(x.types), " or ".join(y.types)
        if x.formats != y.formats:
            yield f"{what} format", " or ".join(x.formats), " or ".join(y.formats)
        if x.required != y.required:
            words = {True: "required", False: "optional"}
            yield f"{what} required", words[x.required], words[y.required]
        lost, new = (
            sorted(set(map(str, one)) - set(map(str, other))) for one, other in ((x.enum, y.enum), (y.enum, x.enum))
        )
        if lost or new:
            yield f"{what} enum", ", ".join(lost), ", ".join(new)


def _presence(a: Mapping[str, Any], b: Mapping[str, Any], name: str) -> tuple[str, str]:
    return (PRESENT if name in a else ABSENT, PRESENT if name in b else ABSENT)
