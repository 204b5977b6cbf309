"""Read a target from its file or from command-line options, and check it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lead_provider_conformance.config.gaps import Gap
from lead_provider_conformance.config.target import (
    OTHER_TOKEN_VARIABLE,
    SHORTEST_TOKEN,
    TOKEN_VARIABLE,
    Limits,
    Provisioning,
    Rate,
    RateLimits,
    Start,
    Target,
    Tls,
    is_loopback,
)
from lead_provider_conformance.config.waivers import read_waivers
from lead_provider_conformance.model import Safety, UsageError
from lead_provider_conformance.resources import targets_root
from lead_provider_conformance.schemas import yaml_file

ENVIRONMENT_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
HEADER_SAFE = re.compile(r"[\x21-\x7e]+")  # visible ASCII: RFC 9110, field values
EXAMPLE = "example"  # a template, no server


class TargetError(UsageError):
    """A target file, or the options instead of one, does not describe a server to test."""


def find(name: str) -> Path:
    """Return the target file at the path `name`, or the shipped target of that name.

    Raise TargetError if there is neither.
    """
    path = Path(name)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError) as error:
        raise TargetError(f"{name[:60]!r} cannot be a target file ({error}); give the path of one.") from None
    shipped = targets_root() / f"{name}.yaml"
    if re.fullmatch(r"[\w.-]+", name) and shipped.is_file():
        return shipped
    known = ", ".join(sorted(each.stem for each in targets_root().glob("*.yaml") if each.stem != EXAMPLE))
    raise TargetError(f"There is no target file {name}; give the path of one, or one of these names: {known}.")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Target:
    """Return the target that a file describes, with each `${NAME}` replaced from `environment`.

    Raise UsageError, with the file and the key, for the first mistake.
    """
    content = yaml_file.parsed(path)
    if not isinstance(content, dict):
        raise TargetError(f"{path} is not a target file: it needs keys such as `name` and `base_url`.")
    yaml_file.check(path, content, schema="target")
    content = _expand_variables(content, environment, where=str(path))
    if "base_url" not in content and "start" not in content:
        raise TargetError(f"{path} names no server: add `base_url`, or `start` with the command that starts one.")
    return _checked(_target(content, path), where=str(path))


def from_options(
    base_url: str,
    *,
    tokens: Sequence[str] = (),
    safety: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Target:
    """Return the target that `--base-url` and the options beside it describe; its default is read-only.

    Without `tokens`, take them from LEAD_PROVIDER_TOKEN and OTHER_LEAD_PROVIDER_TOKEN.
    Raise TargetError for an invalid address or token.
    """
    if not tokens:
        names = (TOKEN_VARIABLE, OTHER_TOKEN_VARIABLE)
        tokens = [environment[name] for name in names if environment.get(name)]
    target = Target(
        name="",
        base_url=base_url,
        tokens=tuple(tokens),
        safety=Safety(safety) if safety else Safety.READ_ONLY,
    )
    return replace(_checked(target, where="--base-url"), name=urlsplit(base_url).hostname or base_url)


# Setting the server's clock with one of these would change the request itself.
OWN_HEADERS = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host"}
    | {"transfer-encoding", "user-agent"}
)


def _target(content: Mapping[str, Any], path: Path) -> Target:
    if content.get("server_date", "").lower() in OWN_HEADERS:
        raise TargetError(
            f"{path}: `server_date` names {content['server_date']}, which the suite sends itself; "
            "name the header that sets the server's clock."
        )
    start, provisioning = content.get("start"), content.get("provisioning")
    unchanged = ("name", "other_kind_token", "description", "edition", "headers", "proxy", "allow_plain_http")
    fields = {name: content[name] for name in (*unchanged, "concurrency", "server_date") if name in content}
    fields |= {name: tuple(content[name]) for name in ("tokens", "versions", "programmes") if name in content}
    return Target(
        **fields,
        file=path,
        base_url=content.get("base_url", ""),
        operations=frozenset(content["operations"]) if "operations" in content else None,
        safety=Safety(content.get("safety", Safety.READ_ONLY)),
        limits=Limits(**content.get("limits", {})),
        rate=_rate(content.get("rate", {})),
        tls=Tls(**{key: _file_beside(path, name, f"tls.{key}") for key, name in content.get("tls", {}).items()}),
        start=Start(tuple(start["command"]), start["ready"], start.get("within_seconds", 30.0)) if start else None,
        provisioning=_provisioning(provisioning) if provisioning is not None else None,
        states={state: tuple(ids) for state, ids in content.get("states", {}).items()},
        waivers=read_waivers(content, path),
        gaps=tuple(Gap.from_mapping(entry) for entry in content.get("gaps", ())),
        documents=tuple(_document(each, content, path) for each in _list(content.get("document", ()))),
    )


def _list(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _document(name: str, content: Mapping[str, Any], path: Path) -> Path | str:
    """Return the path of a document: on the target if it begins with a slash, else beside the target file."""
    base_url = content.get("base_url", "").rstrip("/")
    on_target = name.removeprefix(base_url) if base_url else name
    if on_target.startswith("/"):
        return on_target
    if "://" in name:
        raise TargetError(
            f"{path}: `document` {name} is not on the target; give its path on the target, such as /swagger.yaml, "
            "or save it beside the target file."
        )
    return _file_beside(path, name, "document")


def _rate(content: Mapping[str, Any]) -> RateLimits:
    return RateLimits(
        token=Rate(content["requests"], content["per_seconds"]) if "requests" in content else None,
        address=Rate(**content["address"]) if "address" in content else None,
        pause_seconds=content.get("pause_seconds", 0.0),
    )


def _provisioning(content: Mapping[str, Any]) -> Provisioning:
    return Provisioning(content["url"].rstrip("/"), tuple(content["states"]) if "states" in content else None)


def _checked(target: Target, *, where: str) -> Target:
    for position, token in enumerate(target.tokens, start=1):
        _check_token(token, f"{where}: token {position}")
    if len(set(target.tokens)) != len(target.tokens):
        raise TargetError(f"{where}: both tokens are the same; the second has to belong to another lead provider.")
    if target.other_kind_token is not None:
        _check_token(target.other_kind_token, f"{where}: `other_kind_token`")
        if target.other_kind_token in target.tokens:
            raise TargetError(
                f"{where}: `other_kind_token` is also among `tokens`; it has to belong to no lead provider."
            )
    if target.base_url:
        _check_address(target, where=where)
    return replace(target, base_url=target.base_url.rstrip("/"))


def _check_token(token: str, which: str) -> None:
    if not HEADER_SAFE.fullmatch(token):
        raise TargetError(
            f"{which} has a space, a line break or a letter that no HTTP header can carry; "
            "check that you copied the whole token and nothing else."
        )
    if len(token) < SHORTEST_TOKEN:
        raise TargetError(
            f"{which} has fewer than {SHORTEST_TOKEN} characters, too few to redact it safely; use a longer one."
        )


def _check_address(target: Target, *, where: str) -> None:
    try:
        parts = urlsplit(target.base_url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise TargetError(f"{where}: {target.base_url!r} is not an address ({error}); write https://host.") from None
    if parts.scheme not in ("http", "https") or not host or not HEADER_SAFE.fullmatch(target.base_url):
        raise TargetError(f"{where}: {target.base_url!r} is not an address; write one such as https://api.example.org.")
    if parts.username or parts.password:
        raise TargetError(
            f"{where}: the address holds a user name or a password; remove it, and put tokens into `tokens`."
        )
    if parts.query or parts.fragment:
        raise TargetError(f"{where}: the address has a `?` or a `#`; give only the part before it.")
    if match := re.fullmatch(r"(.*)(/api(?:/v[123])?)/*", target.base_url):
        raise TargetError(f"{where}: the address ends in {match[2]}; leave that out: {match[1]}")
    if parts.scheme == "http" and not target.allow_plain_http and not is_loopback(target.base_url):
        raise TargetError(
            f"{where}: {target.base_url} is not TLS, so tokens would travel unencrypted; "
            "use https://, or set `allow_plain_http: true` in a target file if the network is private."
        )


def _file_beside(target_file: Path, name: str, key: str) -> Path:
    """Return the path of a file that has to lie in the target file's folder, or below it."""
    folder = target_file.resolve().parent
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise TargetError(
            f"{target_file}: `{key}` is outside the target file's folder; put the file beside the target file."
        )
    if not path.is_file():
        raise TargetError(f"{target_file}: `{key}` names {path}, which is no file; correct the path.")
    return path


def _expand_variables(value: Any, environment: Mapping[str, str], *, where: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {
            name: _expand_variables(item, environment, where=where, key=f"{key}.{name}".lstrip("."))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_expand_variables(item, environment, where=where, key=f"{key}[{n}]") for n, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        name = match.group(1)
        if not environment.get(name):
            raise TargetError(
                f"{where}: `{key}` needs the environment variable {name}, which is not set; "
                f"set it, for instance with: export {name}=…"
            )
        return environment[name]

    return ENVIRONMENT_VARIABLE.sub(variable, value)
