"""No token, in no form that a server echoes it in, gets into anything that a run writes or says."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from .processes import V3_ECF, run, sandbox, tokens
from .servers import Asked, Reply, Through, serving

# Whatever an Authorization header may carry, and whatever somebody escapes.
CANARIES = ("Canary~One/1+x=&<y>'z", "second.canary_Two|2%25{w}")


def forms(token: str) -> dict[str, str]:
    """The token as servers, logs and reports have been seen to write it."""
    found = {
        "plain": token,
        "percent": quote(token, safe=""),
        "percent, strokes kept": quote(token),
        "every character percent-encoded": "".join(f"%{ord(each):02x}" for each in token),
        "form": quote_plus(token).replace("~", "%7E"),
        "HTML": html.escape(token),
        "HTML, by number": html.escape(token).replace("&#x27;", "&#39;"),
        "JSON": json.dumps(token)[1:-1].replace("/", "\\/"),
        "JSON of Rails": token.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    }
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        for before in ("", "B", "Be"):
            found[f"{name} after {len(before)}"] = encode(f"{before}{token}".encode()).decode()
        found[f"{name} of the header"] = encode(f"Bearer {token}".encode()).decode()
    found["percent of base64"] = quote(found["base64 of the header"], safe="")
    return found


def traces(token: str) -> Iterator[tuple[str, bytes]]:
    """What must not be found, in lower case: each form, and of base64 what does not depend on the neighbours."""
    for name, form in forms(token).items():
        core = form.rstrip("=")[2:-2] if "base64" in name else form
        for letters in (core, core.swapcase()):
            yield name, letters.lower().encode()
            yield f"{name} in JSON", json.dumps(letters.lower())[1:-1].encode()
            yield f"{name} in HTML", html.escape(letters.lower()).encode()


def echo(asked: Asked, reply: Reply) -> Reply:
    """The reply, with the credentials in its headers and its body, in every form."""
    token = asked.headers.get("authorization", "").removeprefix("Bearer ")
    if not token:
        return reply
    echoes = [*forms(token).values(), token.upper(), token.swapcase()]
    headers = dict(reply.headers)
    headers |= {f"X-Echo-{number}": each for number, each in enumerate(echoes)}
    headers["X-" + "".join(each if each.isalnum() else "-" for each in token)] = "in a name"
    if "json" not in reply.headers.get("content-type", reply.headers.get("Content-Type", "")):
        return Reply(reply.status, reply.body + "\n".join(echoes).encode(), headers)
    body = json.loads(reply.body)
    if isinstance(body, dict):
        body["echo"] = {each: each for each in echoes}
        body.setdefault("errors", []) if reply.status >= 400 else None
    # As it is: no second escaping of what is an escape already.
    text = json.dumps(body)[:-1] + ', "raw": "' + forms(token)["JSON"] + forms(token)["JSON of Rails"] + '"}'
    return Reply(reply.status, text.encode(), headers)


def test_no_token_is_left_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    with sandbox(tokens=CANARIES) as served, serving(Through(served.address, change=echo)) as address:
        options = ("--base-url", address, *tokens(*CANARIES), "--safety", "sandbox", *V3_ECF, "--profile", "quick")
        ended = run(folder, *options, "-v", "-l", "--tb=long", "-rA")

    assert ended.status in (0, 1, 6), ended.stdout + ended.stderr
    assert len(ended.exchanges) > 100
    assert any("$TOKEN" in json.dumps(exchange["response"]) for exchange in ended.exchanges)
    assert any("$OTHER_TOKEN" in json.dumps(exchange["response"]) for exchange in ended.exchanges)
    written = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    written |= {Path("stdout"): ended.stdout.encode(), Path("stderr"): ended.stderr.encode()}
    leaks = {
        (str(name), form)
        for name, content in written.items()
        for token in CANARIES
        for form, trace in traces(token)
        if trace in content.lower()
    }
    assert leaks == set()
