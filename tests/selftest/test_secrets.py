"""No file and no output of a run contains a token, in any encoding in which a server echoes it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from .processes import V3_ECF, run, sandbox, token_options
from .servers import Proxy, Request, Response, serve

# Tokens with every character that an Authorization header allows or an encoding escapes.
CANARIES = ("Canary~One/1+x=&<y>'z", "second.canary_Two|2%25{w}")


def forms(token: str) -> dict[str, str]:
    """Return the encodings of a token that servers, logs and reports use."""
    encodings = {
        "plain": token,
        "percent": quote(token, safe=""),
        "percent, slashes unescaped": quote(token),
        "every character percent-encoded": "".join(f"%{ord(each):02x}" for each in token),
        "form": quote_plus(token).replace("~", "%7E"),
        "HTML": html.escape(token),
        "HTML, numeric": html.escape(token).replace("&#x27;", "&#39;"),
        "JSON": json.dumps(token)[1:-1].replace("/", "\\/"),
        "JSON of Rails": token.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    }
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        for before in ("", "B", "Be"):
            encodings[f"{name} after {len(before)}"] = encode(f"{before}{token}".encode()).decode()
        encodings[f"{name} of the header"] = encode(f"Bearer {token}".encode()).decode()
    encodings["percent of base64"] = quote(encodings["base64 of the header"], safe="")
    return encodings


def traces(token: str) -> Iterator[tuple[str, bytes]]:
    """Yield the encodings to search for, in lower case; of base64 only the part that no neighbour changes."""
    for name, form in forms(token).items():
        core = form.rstrip("=")[2:-2] if "base64" in name else form
        for letters in (core, core.swapcase()):
            yield name, letters.lower().encode()
            yield f"{name} in JSON", json.dumps(letters.lower())[1:-1].encode()
            yield f"{name} in HTML", html.escape(letters.lower()).encode()


def echo(request: Request, response: Response) -> Response:
    """Add the token to the headers and the body of a response, in every encoding."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token:
        return response
    echoes = [*forms(token).values(), token.upper(), token.swapcase()]
    headers = dict(response.headers)
    headers |= {f"X-Echo-{number}": each for number, each in enumerate(echoes)}
    headers["X-" + "".join(each if each.isalnum() else "-" for each in token)] = "in a name"
    if "json" not in response.headers.get("content-type", response.headers.get("Content-Type", "")):
        return Response(response.status, response.body + "\n".join(echoes).encode(), headers)
    body = json.loads(response.body)
    if isinstance(body, dict):
        body["echo"] = {each: each for each in echoes}
        body.setdefault("errors", []) if response.status >= 400 else None
    # Inserted as text, because json.dumps would escape it again.
    text = json.dumps(body)[:-1] + ', "raw": "' + forms(token)["JSON"] + forms(token)["JSON of Rails"] + '"}'
    return Response(response.status, text.encode(), headers)


def test_echoed_tokens_are_in_no_file_and_no_output(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    with sandbox(tokens=CANARIES) as served, serve(Proxy(served.address, change=echo)) as address:
        options = (
            "--base-url",
            address,
            *token_options(*CANARIES),
            "--safety",
            "sandbox",
            *V3_ECF,
            "--profile",
            "quick",
        )
        ended = run(folder, *options, "-v", "-l", "--tb=long", "-rA")

    assert ended.status in (0, 1, 6), ended.output
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
