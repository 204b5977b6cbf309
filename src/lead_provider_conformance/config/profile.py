"""A profile: the description of a lead provider's system, `provider.yaml`."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.waivers import Waiver, read_waivers
from lead_provider_conformance.contract.contract import operation_ids
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.model import Scope, UsageError
from lead_provider_conformance.schemas import problems, yaml_file

VERSION, EDITION = "v3", "2026-08"
"""The version and the edition of a session whose profile names none."""
OPERATIONS_OF_TASKS: Mapping[str, frozenset[str]] = {
    "declare": frozenset({"create_participant_declaration"}),
    "correct-declaration": frozenset({"void_participant_declaration"}),
    "defer": frozenset({"defer_ecf_participant", "defer_npq_participant"}),
    "withdraw": frozenset({"withdraw_ecf_participant", "withdraw_npq_participant"}),
    "resume": frozenset({"resume_ecf_participant", "resume_npq_participant"}),
    "change-schedule": frozenset({"change_ecf_participant_schedule", "change_npq_participant_schedule"}),
    "accept": frozenset({"accept_npq_application"}),
    "reject": frozenset({"reject_npq_application"}),
    "change-funded-place": frozenset({"change_npq_application_funded_place"}),
    "report-outcome": frozenset({"create_npq_participant_outcome"}),
    "partner": frozenset({"create_ecf_partnership"}),
    "change-delivery-partner": frozenset({"update_ecf_partnership", "change_participant_declaration_delivery_partner"}),
}
"""The operations that a task of each kind needs."""


class ProfileError(UsageError):
    """A profile that does not describe a client to test."""


EXAMPLE = "(example)"
"""The mark in `by` of the attestations in example profiles."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement by the provider about an obligation that traffic cannot show."""

    requirement: str
    by: str
    on: str
    note: str | None = None

    @property
    def is_example(self) -> bool:
        """Whether it is one of an example profile: nobody has confirmed anything."""
        return EXAMPLE in self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A client under test. The defaults are those of a session without a profile.

    `operations` are the operationIds that it uses; None for all. `drive` is `command` if `command` runs once for each
    cue, `prompt` if a person follows the cues, and `self` if the system polls on its own, every `poll_minutes`.
    `people` are the kinds of tasks, and the obligations, that people take care of outside the system.
    """

    name: str = "client"
    description: str = ""
    version: str = VERSION
    programme: str = "ecf"
    edition: str = EDITION
    operations: frozenset[str] | None = None
    drive: str = "prompt"
    command: str | None = None
    poll_minutes: int = 60
    people: tuple[str, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    contact: str | None = None
    file: Path | None = field(default=None, compare=False)
    """The file of the profile; None if options describe the client."""

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings that the journal has beside the version, the programme and the operations."""
        return {"poll_minutes": self.poll_minutes, "people": list(self.people), "contact": self.contact}


def load(path: Path, attestable: Mapping[str, bool]) -> Profile:
    """Return the profile that a file describes. `attestable` has every obligation, and whether it can be attested.

    Raise UsageError, with the file and the key, for the first mistake.
    """
    content = yaml_file.read(path, schema="profile")
    _check(content, str(path), attestable)
    return replace(from_content(content, path), file=path)


def parse(content: Any, attestable: Mapping[str, bool]) -> Profile:
    """Return the profile that a document describes. Raise UsageError, with the key, for the first mistake."""
    for problem in problems("profile", content):
        raise ProfileError(f"profile: {problem}")
    _check(content, "profile", attestable)
    return from_content(content)


def _check(content: Mapping[str, Any], name: str, attestable: Mapping[str, bool]) -> None:
    for mistake in _mistakes(content, attestable):
        raise ProfileError(f"{name}: {mistake}")


def from_content(content: Mapping[str, Any], path: Path = Path("profile")) -> Profile:
    """Return the profile of a document that is right. Messages about its waivers name `path`."""
    unchanged = ("name", "description", "version", "programme", "edition", "command", "poll_minutes", "contact")
    return Profile(
        **{name: content[name] for name in unchanged if name in content},
        drive=content.get("drive", "command" if "command" in content else "prompt"),
        people=tuple(content.get("people", ())),
        operations=_operations(content),
        attestations=tuple(Attestation(**each) for each in content.get("attestations", ())),
        waivers=read_waivers(content, path),
    )


def _scope(content: Mapping[str, Any]) -> tuple[str, Scope]:
    return content.get("edition", EDITION), Scope(content.get("version", VERSION), content["programme"])


def _operations(content: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the operations that the system itself uses: not those of tasks that are left to people."""
    left = frozenset[str]().union(*(OPERATIONS_OF_TASKS.get(each, ()) for each in content.get("people", ())))
    if "operations" not in content and not left:
        return None
    return frozenset(content.get("operations", operation_ids(*_scope(content)))) - left


def _mistakes(content: Mapping[str, Any], attestable: Mapping[str, bool]) -> Iterator[str]:
    edition, scope = _scope(content)
    if edition not in editions():
        yield f"there is no `edition` {edition} of the contract; choose {' or '.join(editions())}."
    if scope not in load_edition(edition).scopes:
        yield f"edition {edition} does not have {scope.label}; correct `edition` or `programme`."
    known = operation_ids(edition, scope)
    for index, operation in enumerate(content.get("operations", ())):
        if operation not in known:
            wrong = f"{operation}, which edition {edition} does not have for {scope.programme.upper()}"
            yield f"`operations[{index}]` names {wrong}; {_advice(operation, known)}"
    if "command" in content and content.get("drive", "command") != "command":
        yield f"`command` is set, and `drive` is {content['drive']}; leave one of them out."
    for index, each in enumerate(content.get("people", ())):
        if each not in attestable and each not in OPERATIONS_OF_TASKS:
            wrong = "neither a kind of task nor a requirement of clients"
            yield f"`people[{index}]` is {each}, {wrong}; {_advice(each, {*attestable, *OPERATIONS_OF_TASKS})}"
    for key in ("attestations", "waivers"):
        for index, each in enumerate(content.get(key, ())):
            if (named := each.get("requirement")) and named not in attestable:
                wrong = f"{named}, which is no requirement of clients"
                yield f"`{key}[{index}].requirement` is {wrong}; {_advice(named, attestable)}"
    attested = [each["requirement"] for each in content.get("attestations", ())]
    for index, named in enumerate(attested):
        if not attestable[named]:
            yield f"`attestations[{index}].requirement` is {named}, which traffic shows; remove the attestation."
    for named, times in Counter(attested).items():
        if times > 1:
            yield f"`attestations` has {named} {times} times; leave one."


def _advice(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else "correct or remove it."
