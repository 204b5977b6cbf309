"""Hosting processes behind nginx, with the configuration of the documentation and that of the example."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.unit.readiness.hosting.hosted import CONTROL, HostedService, Running, hosting
from tests.unit.readiness.hosting.hosted import services as services
from tests.unit.readiness.served import arm

from lead_provider_conformance.readiness.effects import Effect, Reply, cut, hold, lose
from lead_provider_conformance.readiness.hosting.log import SessionLog
from lead_provider_sandbox.control.serving import listen

ROOT = Path(__file__).parents[2]
LIST = "/api/v3/participants"
STARTS_WITHIN = 20.0


@dataclass
class Proxied:
    """Two processes on one store, and nginx in front of them."""

    processes: tuple[Running, Running]
    url: str
    certificate: Path

    async def ask(self, method: str, target: str, token: str | None = None, **options: Any) -> requests.Response | str:
        """Send a request to nginx. Return the response, or the name of the error."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **options.pop("headers", {})}
        call = requests.request
        options = {"verify": str(self.certificate), "timeout": 60, "allow_redirects": False, **options}
        try:
            return await asyncio.to_thread(call, method, f"{self.url}{target}", headers=headers, **options)
        except requests.RequestException as error:
            return type(error).__name__

    async def status(self, method: str, target: str, token: str | None = None, **options: Any) -> int | str:
        """Send a request, and return the status or the name of the error."""
        found = await self.ask(method, target, token, **options)
        return found if isinstance(found, str) else found.status_code

    def arm(self, made: dict[str, str], effect: Effect) -> None:
        """Arm a situation at the process that has a session open."""
        [live] = [each.host.live[made["id"]] for each in self.processes if made["id"] in each.host.live]
        arm(live.session, effect)


def documented() -> str:
    """Return the configuration of the documentation."""
    text = (ROOT / "docs" / "readiness" / "hosting.md").read_text(encoding="utf-8")
    return text.partition("```nginx\n")[2].partition("```")[0]


def example() -> str:
    """Return the configuration of the compose file."""
    return (ROOT / "examples" / "hosting" / "nginx.conf").read_text(encoding="utf-8")


def free_port() -> int:
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def write_certificate(folder: Path) -> None:
    """Write a certificate of localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))


def adapted(configuration: str, folder: Path, port: int, upstreams: tuple[int, int]) -> str:
    """Return a configuration with the addresses and files of this machine."""
    ports = iter(upstreams)
    text = re.sub(r"(?<=server )[\w.]+:8100", lambda _: f"127.0.0.1:{next(ports)}", configuration)
    text = re.sub(r"listen (443|8080)", f"listen 127.0.0.1:{port}", text).replace("readiness.example;", "localhost;")
    text = re.sub(r"/etc/\S*/(\w+\.pem)", rf"{folder}/\1", text)
    assert next(ports, None) is None
    paths = "".join(
        f"{each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.getuid() == 0 else ""
    return f"{user}worker_processes 2;\npid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{text}}}\n"


@contextlib.asynccontextmanager
async def nginx(configuration: str, folder: Path, upstreams: tuple[int, int]) -> AsyncIterator[str]:
    """Run nginx with a configuration, and yield its address."""
    folder.mkdir()
    write_certificate(folder)
    port = free_port()
    (folder / "nginx.conf").write_text(adapted(configuration, folder, port, upstreams), encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [
        program,
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "log"),
        "-g",
        "daemon off;",
    ]
    running = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                assert running.poll() is None, (folder / "log").read_text(encoding="utf-8")
                await asyncio.sleep(0.02)
        yield f"{'https' if ' ssl;' in configuration else 'http'}://localhost:{port}"
    finally:
        running.terminate()
        running.communicate(timeout=30)


Work = Callable[[Proxied], Awaitable[Any]]
Run = Callable[..., Any]


@pytest.fixture(params=[documented, example], ids=["documentation", "example"])
def run(request: pytest.FixtureRequest, tmp_path: Path, services: dict[str, HostedService]) -> Run:
    """Return a function that runs a coroutine with two processes behind nginx."""

    async def with_proxy(work: Work, *, is_down: tuple[bool, bool] = (False, False), **options: Any) -> Any:
        async with AsyncExitStack() as stack:
            started = [hosting(tmp_path, trusted=("127.0.0.1",), **options) for _ in range(2)]
            one, two = [await stack.enter_async_context(each) for each in started]
            ports = (free_port() if is_down[0] else one.port, free_port() if is_down[1] else two.port)
            url = await stack.enter_async_context(nginx(request.param(), tmp_path / "nginx", ports))
            return await work(Proxied((one, two), url, tmp_path / "nginx" / "fullchain.pem"))

    return lambda work, **options: asyncio.run(with_proxy(work, **options))


def test_responses_pass_whole_held_cut_and_lost(run: Run) -> None:
    async def work(proxied: Proxied) -> tuple[list[int | str], list[tuple[str, bool]]]:
        made = await proxied.processes[0].make()
        found = [await proxied.status("GET", LIST, made["token"])]
        for method in ("GET", "POST"):
            for effect in (hold(1.0), cut(), lose()):
                proxied.arm(made, effect)
                found.append(await proxied.status(method, LIST, made["token"]))
        found.append(await proxied.status("GET", LIST, made["token"]))
        log = SessionLog(proxied.processes[0].host.database, made["id"])
        return found, [(each.line["request"]["method"], each.line["error"] is not None) for each in log.latest(20)]

    found, journal = run(work)

    assert found == [200, *[200, "ChunkedEncodingError", "ConnectionError"] * 2, 200]
    assert journal == [
        ("GET", False),
        *[("GET", False), ("GET", True), ("GET", True)],
        *[("POST", False), ("POST", True), ("POST", True)],
        ("GET", False),
    ]


def test_lost_responses_leave_the_processes_in_use(run: Run) -> None:
    async def work(proxied: Proxied) -> list[int | str]:
        made = [await proxied.processes[0].make(f"p-{number}") for number in range(6)]
        found = []
        for each in made:
            await proxied.status("GET", LIST, each["token"])
            proxied.arm(each, lose())
            await proxied.status("GET", LIST, each["token"])
            found.append(await proxied.status("GET", LIST, each["token"]))
        return found

    assert run(work) == [200] * 6


def test_other_process_gets_the_requests_for_a_dead_one(run: Run) -> None:
    async def work(proxied: Proxied) -> list[int | str]:
        made = [await proxied.processes[1].make(f"p-{number}") for number in range(4)]
        return [await proxied.status("GET", LIST, each["token"]) for _ in range(6) for each in made]

    found = run(work, is_down=(True, False))

    assert found.count(502) <= 5
    assert found[-4:] == [200] * 4


def test_process_that_does_not_listen_is_a_bad_gateway_and_no_lost_response(run: Run) -> None:
    async def work(proxied: Proxied) -> list[int | str]:
        return [await proxied.status("GET", LIST) for _ in range(2)]

    assert run(work, is_down=(True, True)) == [502, 502]


def test_clock_of_the_session_is_in_the_date_header(run: Run, services: dict[str, HostedService]) -> None:
    async def work(proxied: Proxied) -> str:
        made = await proxied.processes[0].make()
        await proxied.status("GET", LIST, made["token"])
        services[made["id"]].reply = Reply(200, ((b"date", b"Tue, 01 Sep 2026 10:00:00 GMT"),), b"").with_body(b"{}")
        found = await proxied.ask("GET", LIST, made["token"])
        assert not isinstance(found, str)
        return found.headers["Date"]

    assert run(work) == "Tue, 01 Sep 2026 10:00:00 GMT"


def test_page_follows_the_session_with_server_sent_events(run: Run) -> None:
    async def work(proxied: Proxied) -> tuple[str, str]:
        made = await proxied.processes[0].make()
        token = made["token"]
        await proxied.status("GET", LIST, token)

        def read() -> tuple[str, str]:
            address = f"{proxied.url}{made['page']}/events"
            with requests.get(address, stream=True, timeout=20, verify=str(proxied.certificate)) as events:
                lines = (
                    each for each in events.iter_lines(chunk_size=1, decode_unicode=True) if "Requests so far" in each
                )
                first = next(lines)
                headers = {"Authorization": f"Bearer {token}"}
                requests.get(f"{proxied.url}{LIST}", headers=headers, timeout=20, verify=str(proxied.certificate))
                return first, next(lines)

        return await asyncio.to_thread(read)

    first, second = run(work)

    assert "Requests so far: 1" in first
    assert "Requests so far: 2" in second


def test_large_body_is_refused_with_413_and_a_smaller_one_passes(run: Run) -> None:
    async def work(proxied: Proxied) -> list[int | str]:
        token = (await proxied.processes[0].make())["token"]
        return [await proxied.status("POST", LIST, token, data=b" " * size) for size in (1_500_000, 2_500_000)]

    assert run(work) == [200, 413]


def test_control_and_metrics_stay_inside(run: Run) -> None:
    async def work(proxied: Proxied) -> list[int | str]:
        paths = ("/control/sessions", "/metrics", "//control/sessions", "/%63ontrol/sessions", "/x/../metrics")
        return [await proxied.status("GET", path, CONTROL) for path in paths]

    assert run(work) == [403] * 5


def test_address_of_a_client_is_that_of_its_connection(run: Run) -> None:
    async def work(proxied: Proxied) -> list[int | str]:
        spoofed = ({"X-Forwarded-For": f"203.0.113.{number}"} for number in range(12))
        return [await proxied.status("GET", LIST, headers=each) for each in spoofed]

    # Each of the two processes counts by itself.
    assert sorted(run(work, requests_per_second_without_token=1.0)) == [401] * 8 + [429] * 4
