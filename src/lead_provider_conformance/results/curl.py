"""The `curl` command that repeats an exchange in any POSIX shell, once $TOKEN is set."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from lead_provider_conformance.text import INVISIBLE

TOKEN = re.compile(r"(\$(?:OTHER_(?:KIND_)?)?TOKEN\b)")
SAFE_IN_DOUBLE_QUOTES = re.compile(r"[\w :;/.,=+-]*", re.ASCII)

# Headers that curl sets itself.
SET_BY_CURL = {"accept-encoding", "connection", "content-length", "host", "user-agent"}


def curl(exchange: Mapping[str, Any]) -> str:
    """Return the command that repeats the request of an `exchange` line of the journal.

    The shell expands `$TOKEN`, `$OTHER_TOKEN` and `$OTHER_KIND_TOKEN`. Invisible characters become octal escapes, so
    that pasting the command into a terminal is safe.
    """
    request = exchange["request"]
    words = [_opening(request)]
    headers = {name: value for name, value in request["headers"].items() if name.lower() not in SET_BY_CURL}
    for name, value in headers.items():
        words.append(f"--header {_word(f'{name}: {value}' if value.strip() else f'{name};')}")
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


def _word(text: str) -> str:
    """Quote `text` as one shell word in which only the token variables are expanded."""
    if INVISIBLE.search(text):
        return f'"$(printf {_printf_format(text)})"'
    if not TOKEN.search(text):
        return shlex.quote(text)
    parts = [part for part in TOKEN.split(text) if part]
    if all(TOKEN.fullmatch(part) or SAFE_IN_DOUBLE_QUOTES.fullmatch(part) for part in parts):
        return f'"{text}"'
    return "".join(f'"{part}"' if TOKEN.fullmatch(part) else shlex.quote(part) for part in parts)


def _printf_format(text: str) -> str:
    """Quote `text` as a printf format, with invisible characters as octal escapes of their UTF-8 bytes."""
    escaped = INVISIBLE.sub(
        lambda match: "".join(f"\\{byte:03o}" for byte in match[0].encode("utf-8", "surrogatepass")),
        text.replace("\\", "\\\\").replace("%", "%%"),
    )
    return shlex.quote(escaped)
