"""The variants: conforming sandboxes in which one list is empty, or one field that may be null is null."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from tools.proof.sandboxes import Prepare
from tools.proof.services import ORIGINAL, Service

from lead_provider_conformance.contract.contract import Contract, versions
from lead_provider_conformance.contract.facts import facts_of
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.hooks import HOOKS
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.sandbox import Sandbox

EVERY_VERSION = ("v3", "v2", "v1")
BOTH = ("ecf", "npq")


@dataclass(frozen=True)
class Variant:
    """A change of a sandbox, and the scopes in which it shows."""

    name: str
    scopes: tuple[Scope, ...]
    prepare: Prepare


@cache
def variants(service: Service = ORIGINAL) -> Mapping[str, Variant]:
    """Return every variant of a service by name."""
    return {each.name: each for each in (*_emptied(service), *_nulled(service))}


# Records that depend on the deleted ones are deleted as well: the data of every variant agree with each other.
_NO_NPQ_DECLARATIONS = ("DELETE FROM outcomes", "DELETE FROM declarations WHERE programme = 'npq'")
# The API shows no partnership that is a relationship, but participants can train through one.
_NO_PARTNERSHIPS = "UPDATE partnerships SET relationship = TRUE"
_EMPTIED: Sequence[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = (
    (
        "ecf_participants",
        EVERY_VERSION,
        ("ecf",),
        (
            "DELETE FROM transfers",
            "DELETE FROM declarations WHERE programme = 'ecf'",
            "DELETE FROM enrolments",
            "DELETE FROM training_records",
        ),
    ),
    ("ecf_participant_transfers", ("v3",), ("ecf",), ("DELETE FROM transfers",)),
    ("ecf_unfunded_mentors", ("v3",), ("ecf",), ("UPDATE enrolments SET mentor_id = NULL",)),
    ("participant_declarations", EVERY_VERSION, BOTH, ("DELETE FROM outcomes", "DELETE FROM declarations")),
    ("npq_applications", EVERY_VERSION, ("npq",), (*_NO_NPQ_DECLARATIONS, "DELETE FROM applications")),
    (
        "npq_participants",
        EVERY_VERSION,
        ("npq",),
        (*_NO_NPQ_DECLARATIONS, "DELETE FROM applications WHERE status = 'accepted'"),
    ),
    (
        "npq_outcomes",
        EVERY_VERSION,
        ("npq",),
        ("DELETE FROM outcomes", "DELETE FROM declarations WHERE programme = 'npq' AND declaration_type = 'completed'"),
    ),
    ("ecf_partnerships", ("v3",), ("ecf",), (_NO_PARTNERSHIPS,)),
    ("ecf_schools", ("v3",), ("ecf",), (_NO_PARTNERSHIPS, "UPDATE schools SET standing = 'cip-only'")),
    ("delivery_partners", ("v3",), ("ecf",), (_NO_PARTNERSHIPS, "DELETE FROM delivery_partner_links")),
    (
        "statements",
        EVERY_VERSION,
        BOTH,
        ("DELETE FROM outcomes", "DELETE FROM declarations WHERE statement_id IS NOT NULL", "DELETE FROM statements"),
    ),
    ("participant_id_changes", ("v3",), BOTH, ("DELETE FROM id_changes",)),
)
"""The name of a list, its versions and programmes, and the SQL that empties it."""


_NO_PARTICIPANTS = (
    "DELETE FROM transfers",
    "DELETE FROM declarations",
    "DELETE FROM enrolments",
    "DELETE FROM training_records",
)
_NO_LINKS = "DELETE FROM delivery_partner_links"
_EMPTIED_IN_SUCCESSORS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ecf": {
        "ecf_participants": _NO_PARTICIPANTS,
        "ecf_participant_transfers": ("DELETE FROM transfers",),
        "ecf_unfunded_mentors": ("UPDATE enrolments SET mentor_id = NULL",),
        "participant_declarations": ("DELETE FROM declarations",),
        "ecf_partnerships": (*_NO_PARTICIPANTS, "DELETE FROM partnerships"),
        "ecf_schools": (
            *_NO_PARTICIPANTS,
            "DELETE FROM partnerships",
            "DELETE FROM school_choices",
            "DELETE FROM schools",
        ),
        "delivery_partners": (_NO_LINKS,),
        "statements": ("DELETE FROM declarations WHERE statement_id IS NOT NULL", "DELETE FROM statements"),
        "participant_id_changes": ("DELETE FROM id_changes",),
    },
    "npq": {
        "npq_applications": (*_NO_NPQ_DECLARATIONS, "DELETE FROM applications"),
        "npq_participants": (*_NO_NPQ_DECLARATIONS, "DELETE FROM applications WHERE status = 'accepted'"),
        "participant_declarations": _NO_NPQ_DECLARATIONS,
        "npq_outcomes": ("DELETE FROM outcomes", "DELETE FROM declarations WHERE declaration_type = 'completed'"),
        "delivery_partners": (_NO_LINKS,),
        "statements": (
            "DELETE FROM outcomes",
            "DELETE FROM declarations WHERE statement_id IS NOT NULL",
            "DELETE FROM statements",
        ),
        "participant_id_changes": ("DELETE FROM id_changes",),
    },
}
"""The same for each service since edition 2026-08, by programme and list."""


def _emptied(service: Service) -> Iterator[Variant]:
    if service.programme:
        for name, sql in _EMPTIED_IN_SUCCESSORS[service.programme].items():
            yield Variant(f"empty {name}", service.scopes, partial(_execute, sql))
        return
    for name, in_versions, programmes, sql in _EMPTIED:
        yield Variant(f"empty {name}", _scopes(in_versions, programmes), partial(_execute, sql))


def _execute(sql: Sequence[str], sandbox: Sandbox) -> None:
    with sandbox.store.writing() as connection:
        for each in sql:
            connection.exec_driver_sql(each)


_PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ecf_participants": (("ecf",), ("ecf-participant.v1-v2", "ecf-participant.v1-v2", "ecf-participant.v3")),
    "ecf_participant_transfers": (("ecf",), ("", "", "transfer")),
    "participant_declarations": (BOTH, ("declaration.v1", "declaration.v2", "declaration.v3")),
    "npq_applications": (("npq",), ("npq-application",) * 3),
    "npq_participants": (("npq",), ("npq-participant",) * 3),
    "npq_outcomes": (("npq",), ("npq-outcome",) * 3),
    "ecf_partnerships": (("ecf",), ("", "", "partnership")),
    "ecf_schools": (("ecf",), ("", "", "school")),
    "delivery_partners": (("ecf",), ("", "", "delivery-partner")),
    "statements": (BOTH, ("", "", "statement")),
    "ecf_unfunded_mentors": (("ecf",), ("", "", "unfunded-mentor")),
}
"""The programmes of each list, and the parts of the sandbox that show its records in versions 1, 2 and 3."""

_PARTS_OF_SUCCESSORS: Mapping[str, Mapping[str, str]] = {
    "ecf": {
        "ecf_participants": "ect-participant",
        "ecf_participant_transfers": "ect-transfer",
        "participant_declarations": "ect-declaration",
        "ecf_partnerships": "ect-partnership",
        "ecf_schools": "ect-school",
        "delivery_partners": "delivery-partner",
        "statements": "ect-statement",
        "ecf_unfunded_mentors": "unfunded-mentor",
    },
    "npq": {
        "npq_applications": "npq-service.application",
        "npq_participants": "npq-service.participant",
        "participant_declarations": "npq-service.declaration",
        "npq_outcomes": "npq-service.outcome",
        "delivery_partners": "npq-service.delivery-partner",
        "statements": "npq-service.statement",
    },
}
"""The same for each service since edition 2026-08, by programme and list."""

Places = Mapping[str, Sequence[tuple[str, str]]]
"""The places of a field by version: a part, and a path in its documents."""


def _parts(service: Service) -> Iterator[tuple[str, Sequence[str], str, str, Contract]]:
    """Yield each list: its name and programmes, a version, the part that shows its records, and its contract."""
    if service.programme:
        for scope in service.scopes:
            contract = Contract.of(service.edition, scope)
            for name, part in _PARTS_OF_SUCCESSORS[service.programme].items():
                yield name, (service.programme,), scope.version, part, contract
        return
    for number, version in enumerate(versions()):
        for name, (programmes, parts) in _PARTS.items():
            yield name, programmes, version, parts[number], Contract.load(version)


def _nulled(service: Service) -> Iterator[Variant]:
    """Yield a variant for each field that may be null: it is null in every record and version in which it may be."""
    fields: dict[tuple[str, str], dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for name, programmes, version, part, contract in _parts(service):
        if not contract.has(f"list_{name}"):
            continue
        operation = facts_of(contract.document)[f"GET {contract.operation(f'list_{name}').path}"]
        for field, fact in operation.responses["200"]["application/json"].items():
            if "null" in fact.types:
                path = field.removeprefix("data[].").replace("[]", "/*").replace(".", "/")
                for programme in programmes:
                    fields[programme, path.rpartition("/")[2]][version].append((part, path))
    for (programme, field), places in fields.items():
        yield Variant(
            f"null {field} ({programme.upper()})", _scopes(places, (programme,)), partial(_nullify, field, places)
        )


def _nullify(field: str, places: Places, sandbox: Sandbox) -> None:
    parts = {part for each in places.values() for part, _ in each}
    sandbox.gateway.replacements = {part: _null(part, places) for part in parts}
    if "npq-participant" in parts:
        sandbox.gateway.replacements["npq-enrolments.csv"] = partial(_blank, field)


def _null(part: str, places: Places) -> Replacement:
    def replacement(original: Callable[..., Any], context: Any, *arguments: Any) -> Any:
        for of_part, path in places.get(context.version, ()):
            if of_part == part:
                original = partial(HOOKS["nullified"](path), original)
        return original(context, *arguments)

    return replacement


def _blank(column: str, original: Callable[..., Response], *arguments: Any) -> Response:
    """Empty a column of a CSV file, as in the list of the same records."""
    response = original(*arguments)
    rows = list(csv.DictReader(io.StringIO(response.text)))
    if not rows or column not in rows[0]:
        return response
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, column: ""} for row in rows)
    return replace(response, text=file.getvalue())


def _scopes(in_versions: Sequence[str] | Mapping[str, Any], programmes: Sequence[str]) -> tuple[Scope, ...]:
    return tuple(Scope(version, programme) for version in in_versions for programme in programmes)
