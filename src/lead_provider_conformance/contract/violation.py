"""One thing that an exchange does and the contract does not allow."""

from collections.abc import Sequence
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


def pointer(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path into a body."""
    return "".join(f"/{writable(str(part)).replace('~', '~0').replace('/', '~1')}" for part in path)


def writable(text: str) -> str:
    """`text` with its lone surrogates escaped: JSON can hold them, and no file in UTF-8 can."""
    return text.encode("utf-8", "backslashreplace").decode()
