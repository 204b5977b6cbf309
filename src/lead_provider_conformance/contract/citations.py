"""The sources of requirements for readers: a title, and a public address where there is one.

Addresses are in `openapi/behaviours.yaml`, in the citations of `suites/client/requirements/`, and in
`suites/documents.yaml` for other documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from lead_provider_conformance.contract.behaviours import CITATION, COMMITS, REPOSITORY, Behaviour, load_behaviours
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file

# `Title (owner/repository@commit:path#L1-2)`, the form of citations in suites/client/requirements.
IN_REPOSITORY = re.compile(
    r"(?P<title>.+) \((?P<repository>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{7,40}):(?P<path>[^#()\s]+)"
    r"(?:#L(?P<first>\d+)(?:-(?P<last>\d+))?)?\)"
)
# `A/path:L60-65 (kind)`, the form of sources in openapi/behaviours.yaml.
OF_BEHAVIOUR = re.compile(r"(?P<commit>[AB])/(?P<path>[^:\s]+):L(?P<first>\d+)(?:-(?P<last>\d+))?\b.*")
GUIDANCE = "(published guidance)"


@dataclass(frozen=True, slots=True)
class Citation:
    """A source: its title, and its public address or None."""

    title: str
    url: str | None = None


def citations(requirement: Requirement) -> Iterator[Citation]:
    """Yield the sources of a requirement, most authoritative first."""
    return map(_citation, requirement.sources)


def source_line(requirement: Requirement) -> str:
    """Return the sources of a requirement on one line: `Source: published OpenAPI v3, December 2024`."""
    return f"Source: {'; '.join(_plain(each).title for each in requirement.sources)}"


def _citation(source: str) -> Citation:
    if not source.startswith(CITATION):
        return _plain(source)
    behaviour = _behaviours().get(source.removeprefix(CITATION))
    return (
        Citation(f"behaviour of the original service: {behaviour.given}", address_of_behaviour(behaviour))
        if behaviour
        else Citation(source)
    )


@cache
def _plain(source: str) -> Citation:
    """Return a source without its path in a repository."""
    match = IN_REPOSITORY.fullmatch(source)
    if match is None:
        return Citation(source, address_of(source))
    first, last = match["first"], match["last"]
    lines = f", lines {first} to {last}" if last else f", line {first}" if first else ""
    return Citation(match["title"] + lines, _address(match["repository"], match["commit"], match["path"], first, last))


def address_of(source: str) -> str | None:
    """Return the address of the document that a citation begins with: the longest beginning decides."""
    folded = source.lower()
    known = [each for each in _addresses() if folded.startswith(each.lower())]
    return _addresses()[max(known, key=len)] if known else None


@cache
def _addresses() -> Mapping[str, str]:
    addresses: Mapping[str, str] = yaml_file.read_own(suites_root() / "documents.yaml", schema="addresses")
    return addresses


@cache
def _behaviours() -> Mapping[str, Behaviour]:
    return load_behaviours()


def address_of_behaviour(behaviour: Behaviour) -> str | None:
    """Return the address of the first source of a behaviour, published guidance before code."""
    ordered = sorted(behaviour.sources, key=lambda each: not each.endswith(GUIDANCE))
    match = next(filter(None, map(OF_BEHAVIOUR.fullmatch, ordered)), None)
    return (
        _address(REPOSITORY, COMMITS[match["commit"]], match["path"], match["first"], match["last"]) if match else None
    )


def _address(repository: str, commit: str, path: str, first: str | None, last: str | None) -> str:
    # GitHub shows the source of a Markdown file, with numbered lines, only if it is asked for plain text.
    plain = "?plain=1" if path.endswith(".md") else ""
    lines = f"#L{first}" + (f"-L{last}" if last else "") if first else ""
    return f"https://github.com/{repository}/blob/{commit}/{quote(path)}{plain}{lines}"
