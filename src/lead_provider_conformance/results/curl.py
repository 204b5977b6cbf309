"""A copyable `curl` for an exchange, that works in any POSIX shell once $TOKEN is set."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from lead_provider_conformance.text import INVISIBLE

TOKEN = re.compile(r"(\$(?:OTHER_(?:KIND_)?)?TOKEN\b)")
HARMLESS_IN_DOUBLE_QUOTES = re.compile(r"[\w :;/.,=+-]*", re.ASCII)

# curl sets these itself, and rightly only itself.
CURLS_OWN = {"accept-encoding", "connection", "content-length", "host", "user-agent"}


def curl(exchange: Mapping[str, Any]) -> str:
    """The command that sends the request of an `exchange` line of the journal again.

    Tokens stay `$TOKEN`, `$OTHER_TOKEN` and `$OTHER_KIND_TOKEN`, for the shell to fill in. Characters that a reader
    cannot see are written as octal escapes, so that pasting the command into a terminal does nothing but send them.
    """
    request = exchange["request"]
    words = [_opening(request)]
    headers = {name: value for name, value in request["headers"].items() if name.lower() not in CURLS_OWN}
    words += [f"--header {_word(_header(name, value))}" for name, value in headers.items()]
    body = request["body"]
    if body is not None:
        if "content-type" not in {name.lower() for name in headers}:
            words.append("--header 'Content-Type:'")
        words.append("--data-binary @-" if INVISIBLE.search(body) else f"--data-raw {_word(body)}")
    words.append(_word(request["url"]))
    command = " \\\n  ".join(words)
    if body is not None and INVISIBLE.search(body):
        return f"printf {_printf_format(body)} |\n{command}"
    return command


def _opening(request: Mapping[str, Any]) -> str:
    method, url = request["method"], request["url"]
    options = ["curl", "--include"]
    if method == "HEAD":
        options = ["curl", "--head"]
    elif method != "GET" or request["body"] is not None:
        options += ["--request", shlex.quote(method)]
    if set("[]{}") & set(url):
        options.append("--globoff")
    if "/." in url:
        options.append("--path-as-is")
    return " ".join(options)


def _header(name: str, value: str) -> str:
    return f"{name}: {value}" if value.strip() else f"{name};"


def _word(text: str) -> str:
    """`text` as one word of the shell, in which only the names of tokens are expanded."""
    if INVISIBLE.search(text):
        return f'"$(printf {_printf_format(text)})"'
    if not TOKEN.search(text):
        return shlex.quote(text)
    parts = TOKEN.split(text)
    literals, names = parts[::2], parts[1::2]
    if all(HARMLESS_IN_DOUBLE_QUOTES.fullmatch(literal) for literal in literals):
        return f'"{text}"'
    quoted = [shlex.quote(literal) if literal else "" for literal in literals]
    return "".join(literal + (f'"{name}"' if name else "") for literal, name in zip(quoted, [*names, ""], strict=True))


def _printf_format(text: str) -> str:
    """`text` as the quoted first argument of printf, invisible characters as octal escapes of their UTF-8 bytes."""
    escaped = INVISIBLE.sub(
        lambda found: "".join(f"\\{byte:03o}" for byte in found[0].encode("utf-8", "surrogatepass")),
        text.replace("\\", "\\\\").replace("%", "%%"),
    )
    return shlex.quote(escaped)
