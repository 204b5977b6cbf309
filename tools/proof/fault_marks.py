"""Mark the responses in which a fault of the sandbox changed anything, so that evidence can be compared with it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.sandbox import Sandbox

HEADER = "x-sandbox-fault"
"""A header of responses in which a faulty part behaved differently from the part that it replaces."""

_changed: ContextVar[list[str]] = ContextVar("changed")


def mark_faults(sandbox: Sandbox) -> None:
    """Make the sandbox add HEADER to the responses in which its faults changed anything."""
    sandbox.gateway.replacements = {name: _observed(name, each) for name, each in sandbox.replacements.items()}
    sandbox.app = _marking(sandbox.app)


def _observed(name: str, replacement: Replacement) -> Replacement:
    """Return a replacement that notes its name whenever its effect differs from that of the original part."""

    def observed(original: Callable[..., Any], context: Any, *arguments: Any, **named: Any) -> Any:
        results: list[str] = []
        given = repr(arguments)

        def recorded(inner: Any, *received: Any, **received_by_name: Any) -> Any:
            result = original(inner, *received, **received_by_name)
            is_same = inner is context and repr(received) == given and received_by_name == named
            results.append(repr(result) if is_same else "")
            return result

        try:
            result = replacement(recorded, context, *arguments, **named)
        except Exception:
            if not results:
                _changed.get([]).append(name)
            raise
        if results != [repr(result)]:
            _changed.get([]).append(name)
        return result

    return observed


def _marking(app: ASGIApp) -> ASGIApp:
    async def marking(scope: Scope, receive: Receive, send: Send) -> None:
        changed: list[str] = []
        _changed.set(changed)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and changed:
                headers = [*message["headers"], (HEADER.encode(), ",".join(dict.fromkeys(changed)).encode())]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, marked)

    return marking
