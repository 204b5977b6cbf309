"""The target: a server under test, how to reach it, and what a run may do to it."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lead_provider_conformance.model import Safety, UsageError
from lead_provider_conformance.resources import targets_root
from lead_provider_conformance.results.waivers import Waiver
from lead_provider_conformance.schemas import problems, yaml_file

ENVIRONMENT_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
TOKEN_VARIABLE = "LEAD_PROVIDER_TOKEN"  # noqa: S105 - the name of a variable
OTHER_TOKEN_VARIABLE = "OTHER_LEAD_PROVIDER_TOKEN"  # noqa: S105 - the name of a variable
# What an HTTP header may hold: RFC 9110, field values.
HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
SHORTEST_TOKEN = 8
NOT_PRODUCTION = {"sb", "sandbox", "staging", "review", "test", "dev", "development", "qa", "preprod", "migration"}


class TargetError(UsageError):
    """A target file, or the options instead of one, that does not describe a server to test."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an answer may be."""

    connect_seconds: float = 5.0
    answer_seconds: float = 30.0
    answer_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a server allows one token in so many seconds."""

    requests: int
    per_seconds: float


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom to trust, and how to show who asks; paths of PEM files."""

    ca: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Provisioning:
    """The target's own way to make records, see docs/provisioning.md: its address, and which states to ask it for.

    Without `states` it is asked for every state that it offers.
    """

    url: str
    states: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """How a target is started: its command, and the path to ask until it answers.

    In the command `{port}` stands for a free loopback port, `{python}` for the Python that runs the suite, and
    `{edition}` for the edition of the contract that the target is held against.
    """

    command: tuple[str, ...]
    ready: str
    within_seconds: float = 30.0

    def in_edition(self, edition: str) -> Start:
        """The same, with the edition in its place."""
        return replace(self, command=tuple(part.replace("{edition}", edition) for part in self.command))


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test. The tokens are kept out of its representation."""

    name: str
    base_url: str
    tokens: tuple[str, ...] = field(default=(), repr=False)
    other_kind_token: str | None = field(default=None, repr=False)
    """One that the server knows and that is no lead provider's: another service's, which has no business here."""
    description: str = ""
    edition: str | None = None
    versions: tuple[str, ...] | None = None
    programmes: tuple[str, ...] = ("ecf", "npq")
    operations: frozenset[str] | None = None
    """The operationIds of what it implements; None for all of its versions and programmes."""
    safety: Safety = Safety.READ_ONLY
    limits: Limits = Limits()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    rate: Rate | None = None
    tls: Tls = Tls()
    proxy: str | None = None
    start: Start | None = None
    provisioning: Provisioning | None = None
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    allow_plain_http: bool = False

    def implements(self, operation_id: str) -> bool:
        """Whether it has that operation, as its file says."""
        return self.operations is None or operation_id in self.operations

    def at(self, base_url: str, provisioning_url: str | None = None) -> Target:
        """The same target at other addresses."""
        provisioning = self.provisioning
        if provisioning and provisioning_url:
            provisioning = replace(provisioning, url=provisioning_url)
        return replace(self, base_url=base_url, provisioning=provisioning)


def named(name: str) -> Path:
    """The file of a target that is given as a path, or as the name of one that comes with the suite.

    Raises TargetError if there is neither.
    """
    path = Path(name)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError) as error:
        raise TargetError(f"There can be no target file {name[:60]!r} ({error}); give the path of one.") from None
    shipped = targets_root() / f"{name}.yaml"
    if re.fullmatch(r"[\w.-]+", name) and shipped.is_file():
        return shipped
    known = ", ".join(sorted(each.stem for each in targets_root().glob("*.yaml")))
    raise TargetError(f"There is no target file {name}; give the path of one, or one of these names: {known}.")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Target:
    """The target that a file describes, with `${NAME}` taken from the environment.

    Raises TargetError, with the file and the place in it, for whatever is wrong.
    """
    try:
        content = yaml_file.parsed(path)
    except UsageError as error:
        raise TargetError(str(error)) from None
    if not isinstance(content, dict):
        raise TargetError(f"{path} is not a target file: it has to hold keys such as `name` and `base_url`.")
    content = _with_plain_dates(content)
    for problem in problems("target", content):
        raise TargetError(f"{path}: {problem}")
    content = _expanded(content, environment, where=str(path))
    if "base_url" not in content and "start" not in content:
        raise TargetError(f"{path} names no server: add `base_url`, or `start` with the command that starts one.")
    limits, start = content.get("limits", {}), content.get("start")
    return _checked(
        Target(
            name=content["name"],
            base_url=content.get("base_url", ""),
            tokens=tuple(content.get("tokens", ())),
            other_kind_token=content.get("other_kind_token"),
            description=content.get("description", ""),
            edition=content.get("edition"),
            versions=tuple(content["versions"]) if "versions" in content else None,
            programmes=tuple(content.get("programmes", ("ecf", "npq"))),
            operations=frozenset(content["operations"]) if "operations" in content else None,
            safety=Safety(content.get("safety", Safety.READ_ONLY)),
            limits=Limits(**limits),
            headers=content.get("headers", {}),
            rate=Rate(**content["rate"]) if "rate" in content else None,
            tls=Tls(**{key: _beside(path, name, key) for key, name in content.get("tls", {}).items()}),
            proxy=content.get("proxy"),
            start=Start(tuple(start["command"]), start["ready"], start.get("within_seconds", 30.0)) if start else None,
            provisioning=_provisioning(content.get("provisioning")),
            states={state: tuple(ids) for state, ids in content.get("states", {}).items()},
            waivers=tuple(Waiver.from_mapping(entry) for entry in content.get("waivers", ())),
            allow_plain_http=content.get("allow_plain_http", False),
        ),
        where=str(path),
    )


def from_options(
    base_url: str,
    *,
    tokens: Sequence[str] = (),
    safety: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Target:
    """The target that `--base-url` and its companions describe, read-only unless `safety` says otherwise.

    Without `tokens`, those in LEAD_PROVIDER_TOKEN and OTHER_LEAD_PROVIDER_TOKEN are taken.
    Raises TargetError for an address or a token that cannot be right.
    """
    if not tokens:
        names = (TOKEN_VARIABLE, OTHER_TOKEN_VARIABLE)
        tokens = [environment[name] for name in names if environment.get(name)]
    target = _checked(
        Target(
            name="",
            base_url=base_url,
            tokens=tuple(tokens),
            safety=Safety(safety) if safety else Safety.READ_ONLY,
        ),
        where="--base-url",
    )
    return replace(target, name=urlsplit(base_url).hostname or base_url)


def _provisioning(content: Mapping[str, Any] | None) -> Provisioning | None:
    if content is None:
        return None
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
            "check that the whole token was copied and nothing else."
        )
    if len(token) < SHORTEST_TOKEN:
        raise TargetError(
            f"{which} has fewer than {SHORTEST_TOKEN} characters, too few to be kept out of "
            "reports without spoiling them; use a longer one."
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
            f"{where}: the address holds a user name or a password; take it out, tokens go into `tokens`."
        )
    if parts.query or parts.fragment:
        raise TargetError(f"{where}: the address has a `?` or a `#`; give only the part before it.")
    if parts.path.rstrip("/").endswith(("/api", "/api/v1", "/api/v2", "/api/v3")):
        raise TargetError(
            f"{where}: {target.base_url!r} goes too far; give the part before /api, the suite adds the rest."
        )
    if parts.scheme == "http" and not target.allow_plain_http and not _is_loopback(host):
        raise TargetError(
            f"{where}: {target.base_url} is not TLS, so tokens would travel in the clear; "
            "use https://, or say `allow_plain_http: true` in a target file if the network is yours alone."
        )


def _beside(target_file: Path, name: str, key: str) -> Path:
    """A file that a target file names: it has to lie in the target file's folder, or below it."""
    folder = target_file.resolve().parent
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise TargetError(f"{target_file}: `tls.{key}` leaves the target file's folder; put the file beside it.")
    if not path.is_file():
        raise TargetError(f"{target_file}: `tls.{key}` names {path}, which is not there.")
    return path


def looks_like_production(host: str) -> bool:
    """Whether an address is, by its name, one where nobody should try anything out.

    The live service is on education.gov.uk; its other environments say so in a part of their names.
    """
    parts = {part for label in host.lower().split(".") for part in label.split("-")}
    if parts & {"prod", "production", "live"}:
        return True
    return host.lower().endswith(".gov.uk") and not parts & NOT_PRODUCTION


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _expanded(value: Any, environment: Mapping[str, str], *, where: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {
            name: _expanded(item, environment, where=where, key=f"{key}.{name}".lstrip("."))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_expanded(item, environment, where=where, key=f"{key}[{n}]") for n, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        name = match.group(1)
        if not environment.get(name):
            raise TargetError(
                f"{where}: `{key}` asks for the environment variable {name}, which is not set; "
                f"set it, for instance with: export {name}=…"
            )
        return environment[name]

    return ENVIRONMENT_VARIABLE.sub(variable, value)


def _with_plain_dates(value: Any) -> Any:
    """YAML reads `2027-01-31` as a date; the schema wants the text."""
    if isinstance(value, dict):
        return {name: _with_plain_dates(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_plain_dates(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
