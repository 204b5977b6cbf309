"""Generated requests of one operation, valid and invalid, as plain values that the client can send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from requests.exceptions import InvalidURL
from schemathesis import GenerationMode

from lead_provider_conformance.contract import Contract, Operation

SOMEWHERE = "http://generated.invalid"
# Where servers are known to take no offence: behaviours ERR-DATA-TYPE-NOT-VALIDATED, ERR-UNKNOWN-ATTRIBUTE-IGNORED,
# DECL-EVIDENCE-STARTED-A, DECL-HAS-PASSED-IGNORED, FILT-UNKNOWN-KEY-IGNORED, FILT-COHORT-NO-MATCH,
# FILT-UPDATED-SINCE-BLANK, SORT-V3-UNKNOWN-KEY-IGNORED, PAG-LENIENT-INTEGER.
ENFORCED = re.compile(r"(path:id|/data|/data/attributes|/data/attributes/(?!evidence_held|has_passed)\w+)")


@dataclass(frozen=True, slots=True)
class GeneratedCase:
    """One request. `wrong` says what the contract does not allow about it; an empty text means that it is valid."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content: bytes | None
    content_type: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} {dict(self.query) or ''} {(self.content or b'').decode('utf-8', 'replace')}"


def generate(
    contract: Contract,
    document: Mapping[str, Any],
    operation: Operation,
    *,
    valid: bool,
    count: int,
    seed: int,
) -> tuple[GeneratedCase, ...]:
    """Up to `count` different requests of an operation that the contract allows, or that it does not.

    `document` is the contract's, overlaid with the target's ids. The same seed, document and count give the same
    requests. Of the invalid ones only those are given that a server is bound to refuse.
    """
    schema = schemathesis.openapi.from_dict(dict(document))
    mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
    strategy = schema.find_operation_by_id(operation.id).as_strategy(generation_mode=mode)
    found: dict[tuple[object, ...], GeneratedCase] = {}

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case: schemathesis.Case[Any]) -> None:
        generated = _plain(contract, operation, case)
        if generated is not None and (generated.wrong == "") is valid:
            found.setdefault((generated.path, generated.query, generated.content), generated)

    collect()
    return tuple(found.values())


def _plain(contract: Contract, operation: Operation, case: schemathesis.Case[Any]) -> GeneratedCase | None:
    """The case as it would go over the wire, or None if it cannot, or tests nothing that a server is bound to."""
    try:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=SOMEWHERE)).prepare()
    except (InvalidURL, UnicodeError, ValueError):
        return None
    path, _, query_text = prepared.path_url.partition("?")
    query = tuple(parse_qsl(query_text, keep_blank_values=True, errors="replace"))
    content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    content_type = prepared.headers.get("Content-Type", "application/json")
    if contract.find(operation.method, path) != operation or not isinstance(content, bytes | None):
        return None
    problems = contract.check_request(operation, path, query, content_type if content is not None else None, content)
    enforced = [each for each in problems if ENFORCED.fullmatch(each.where)]
    if problems and not enforced:
        return None
    wrong = "; ".join(f"{each.where}: {each.message}" for each in enforced)
    return GeneratedCase(operation.method, path, query, content, content_type, wrong)
