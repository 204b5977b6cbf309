"""Cut a document of several editions and programmes down to one edition, or to one programme.

`x-editions` marks the values and members that only some editions have, `x-programmes` the filters of one programme. The
tags of an operation name its programmes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract.operation import METHODS, resolve
from lead_provider_conformance.model import PROGRAMMES


def excerpt(document: Mapping[str, Any], *, edition: str | None = None, programme: str | None = None) -> dict[str, Any]:
    """Return a copy of a bundled document as it is in an edition, for a programme; by default for all of them."""
    out = copy.deepcopy(dict(document))
    _Excerpt(out, edition, programme).cut()
    if edition:
        out["info"]["x-edition"] = edition
    _remove_unused_components(out)
    return out


@dataclass(frozen=True, slots=True)
class _Excerpt:
    document: dict[str, Any]
    edition: str | None
    programme: str | None

    def cut(self) -> None:
        paths = {path: self._path_item(item) for path, item in self.document["paths"].items()}
        self.document["paths"] = {path: item for path, item in paths.items() if item.keys() & set(METHODS)}
        ids = {each["operationId"] for item in paths.values() for name, each in item.items() if name in METHODS}
        for node in _objects(self.document):
            if isinstance(properties := node.get("properties"), dict):
                node["properties"] = {name: each for name, each in properties.items() if self._has(each)}
            if isinstance(values := node.get("enum"), list):
                kept = [value for value in values if self._has_value(node, value)]
                node["enum"] = kept or values
            if isinstance(alternatives := node.get("anyOf"), list):
                kept = [each for each in alternatives if self._has_course_of(each)]
                node["anyOf"] = kept or alternatives
            if isinstance(links := node.get("links"), dict):
                node["links"] = {name: each for name, each in links.items() if each.get("operationId") in ids}
            if isinstance(examples := node.get("examples"), dict) and "schema" in node:
                node["examples"] = {name: each for name, each in examples.items() if self._shows(each)}

    def _path_item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: each
            for name, each in item.items()
            if name not in METHODS or self.programme is None or self.programme in each["tags"]
        }

    def _has(self, member: Any) -> bool:
        """Return whether the edition and the programme have a member or a filter."""
        span = member.get("x-editions", {})
        return self._is_in(span) and self.programme in (None, *member.get("x-programmes", (self.programme,)))

    def _has_value(self, schema: Mapping[str, Any], value: Any) -> bool:
        return self._is_in(schema.get("x-editions", {}).get(value, {})) and not self._is_of_another_programme(value)

    def _is_in(self, span: Mapping[str, Any]) -> bool:
        """Return whether the edition is in a span of `since` and `until`. The span of an enumeration has neither."""
        since, until = span.get("since"), span.get("until")
        return self.edition is None or ((since or "") <= self.edition and (until is None or self.edition < until))

    def _is_of_another_programme(self, value: Any) -> bool:
        """Return whether a value begins with the name of another programme, as identifiers of courses do."""
        others = [each for each in PROGRAMMES if self.programme not in (None, each)]
        return isinstance(value, str) and value.partition("-")[0] in others

    def _has_course_of(self, alternative: Mapping[str, Any]) -> bool:
        """Return whether an alternative of a body has a course of the programme, or no course."""
        course = resolve(self.document, alternative).get("properties", {}).get("course_identifier", {})
        courses = resolve(self.document, course).get("enum", ())
        return not courses or not all(self._is_of_another_programme(each) for each in courses)

    def _shows(self, example: Mapping[str, Any]) -> bool:
        """Return whether an example has a course of the programme, or no course."""
        value = resolve(self.document, example).get("value")
        courses = [each["course_identifier"] for each in _objects(value) if "course_identifier" in each]
        return not courses or not all(self._is_of_another_programme(each) for each in courses)


def _remove_unused_components(document: dict[str, Any]) -> None:
    used: set[tuple[str, str]] = set()
    waiting: list[Any] = [document["paths"]]
    components: dict[str, dict[str, Any]] = document.get("components", {})
    while waiting:
        for node in _objects(waiting.pop()):
            kind, _, name = str(node.get("$ref", "")).removeprefix("#/components/").partition("/")
            if name in components.get(kind, {}) and (kind, name) not in used:
                used.add((kind, name))
                waiting.append(components[kind][name])
    for kind, members in components.items():
        if kind != "securitySchemes":
            components[kind] = {name: each for name, each in members.items() if (kind, name) in used}


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)
