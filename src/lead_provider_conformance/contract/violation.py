"""A violation of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lead_provider_conformance.schemas.sentences import escape_surrogates


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an exchange violates, the place, and one sentence."""

    rule: str
    """`documented-status`, `media-type`, `body-is-json`, `response-schema`, `undocumented-member`, `personal-data`,
    `error-body`, `no-internals`, `request-schema` or `unknown-operation`."""
    where: str
    """A JSON pointer into the body (`/data/0/id`, or `""` for the whole body), `query:page[page]` or `path:id`."""
    message: str
    """One sentence; long values are shortened."""
    kind: str = field(default="", compare=False)
    """The violated keyword of the schema, such as `format`, `null` or `missing full_name`; empty for other rules."""


def pointer(path: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path into a body."""
    return "".join(f"/{escape_surrogates(str(part)).replace('~', '~0').replace('/', '~1')}" for part in path)
