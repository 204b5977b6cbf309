"""One thing that an exchange does and the contract does not allow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken, where, and one sentence about it."""

    rule: str
    """`documented-status`, `media-type`, `body-is-json`, `response-schema`, `undocumented-member`, `request-schema`
    or `unknown-operation`."""
    where: str
    """A JSON pointer into the body (`/data/0/id`), `""` for the whole of it, `query:page[page]` or `path:id`."""
    message: str
    """One readable sentence; long values are shortened."""


def pointer(path: list[str | int] | tuple[str | int, ...]) -> str:
    """The JSON pointer (RFC 6901) of a path into a body."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
