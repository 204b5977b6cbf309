"""The contract as Schemathesis is given it: with ids of the target's own records in place of any UUID."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def overlaid(document: Mapping[str, Any], *, path_ids: Sequence[str], participant_ids: Sequence[str]) -> dict[str, Any]:
    """A copy of a bundled document in which a path's `id` is one of `path_ids`, and a body's `participant_id` one of
    `participant_ids`, so that valid requests reach what lies behind the validation of ids.

    Authentication is left out: the client adds it, and other tests are about it.
    """
    overlay = copy.deepcopy(dict(document))
    overlay.pop("security", None)
    overlay.get("components", {}).pop("securitySchemes", None)
    for node in _objects(overlay):
        if node.get("in") == "path" and node.get("name") == "id":
            node["schema"] = {"type": "string", "format": "uuid", "enum": list(path_ids)}
            node.pop("example", None)
            node.pop("examples", None)
        if isinstance(properties := node.get("properties"), dict) and "participant_id" in properties:
            properties["participant_id"] = {"type": "string", "format": "uuid", "enum": list(participant_ids)}
        if isinstance(node.get("responses"), dict):
            node.pop("security", None)
    return overlay


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)
