"""The transport against servers that hang, drip, lie, redirect and break off ends in time with one reason."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.selftest.hostile.certificates import Authority

from lead_provider_conformance.config.target import Limits, Target, Tls
from lead_provider_conformance.http import NoResponse, Transport
from lead_provider_conformance.model import CouldNotRun, Safety

from .raw import Behaviour, Raw, drips, raw_server, resets, response, sends, sends_and_closes

TIMEOUT = 0.4
INCOMPLETE = "the response was not complete"
LIMITS = Limits(connect_seconds=1, answer_seconds=TIMEOUT, answer_bytes=100_000)


def transport(server: Raw, safety: Safety = Safety.SANDBOX) -> Transport:
    return Transport(Target("raw", server.address, safety=safety, limits=LIMITS))


def reason(behaviour: Behaviour) -> str:
    """Send a request to a server that gives no complete response, and return the reason. Check that it ends in time."""
    with raw_server(behaviour) as server:
        begun = time.monotonic()
        with pytest.raises(NoResponse) as caught:
            transport(server).send("GET", "/api/v3/x", {}, None)
        assert time.monotonic() - begun < TIMEOUT * 3
        return str(caught.value)


def test_response_is_returned_as_received() -> None:
    with raw_server(sends(response(b"\x00\xff", b"X-Two: a", b"Content-Type: text/html; charset=UTF-8"))) as server:
        got = transport(server).send("GET", "/api/v3/x?page[page]=1&q=%20", {"Accept": "a/b"}, None)

    assert (got.status, got.body) == (200, b"\x00\xff")
    assert got.headers == {"content-length": "2", "x-two": "a", "content-type": "text/html; charset=UTF-8"}
    assert server.heads[0].startswith(b"GET /api/v3/x?page%5Bpage%5D=1&q=%20 HTTP/1.1\r\n")


def test_connection_is_reused() -> None:
    with raw_server(sends(response(b"1"))) as server:
        asked = transport(server)
        assert [asked.send("GET", "/", {}, None).body for _ in range(3)] == [b"1"] * 3

    assert (len(server.heads), server.connections) == (3, 1)


@pytest.mark.parametrize(("idle", "connections"), [(1, 1), (1.125, 2)])
def test_connection_that_was_idle_for_longer_than_a_second_is_not_reused(
    monkeypatch: pytest.MonkeyPatch, idle: float, connections: int
) -> None:
    with raw_server(sends(response(b"1"))) as server:
        asked = transport(server)
        now = time.monotonic() // 1
        monkeypatch.setattr("lead_provider_conformance.http.transport.time.monotonic", lambda: now)
        asked.send("GET", "/", {}, None)
        now += idle
        asked.send("GET", "/", {}, None)

    assert server.connections == connections


def closes_after(requests: int) -> Behaviour:
    """Close each connection when one request more than `requests` has arrived, without a response."""
    received: Counter[socket.socket] = Counter()

    def behaviour(connection: socket.socket, _head: bytes) -> None:
        received[connection] += 1
        if received[connection] > requests:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(response(b"1"))

    return behaviour


def methods_received(server: Raw) -> str:
    return " ".join(head.partition(b" ")[0].decode() for head in server.heads)


def test_get_on_a_closed_connection_is_sent_once_more() -> None:
    with raw_server(closes_after(1)) as server:
        asked = transport(server)
        assert [asked.send("GET", "/", {}, None).status for _ in range(3)] == [200] * 3

    assert (methods_received(server), server.connections) == ("GET GET GET GET GET", 3)


def test_get_is_not_sent_a_third_time() -> None:
    with raw_server(closes_after(1)) as server:
        asked = transport(server)
        asked.send("GET", "/", {}, None)
        server.behaviour = closes_after(0)
        with pytest.raises(NoResponse):
            asked.send("GET", "/", {}, None)

    assert methods_received(server) == "GET GET GET"


@pytest.mark.parametrize("closes", [closes_after(1), sends_and_closes(response(b"1"))], ids=["late", "at once"])
def test_write_is_sent_once_to_a_server_that_closes_connections(closes: Behaviour) -> None:
    with raw_server(closes) as server:
        asked = transport(server)
        for method in ("PUT", "GET", "POST", "GET", "PUT", "PUT"):
            assert asked.send(method, "/", {}, None).status == 200

    writes = [head for head in server.heads if not head.startswith(b"GET")]
    assert len(writes) == 4


def test_get_is_sent_once_more_with_the_same_headers_and_body() -> None:
    with raw_server(closes_after(1)) as server:
        asked = transport(server)
        asked.send("GET", "/", {}, None)
        asked.send("GET", "/x", {"X-Tier": "2"}, b"{}")

    first, second = (head.partition(b"\r\n\r\n")[0] for head in server.heads[1:])
    assert first == second
    assert {b"X-Tier: 2", b"Content-Length: 2"} <= set(second.split(b"\r\n"))


@pytest.mark.parametrize(
    ("methods", "received", "connections"),
    [
        ("GET GET GET PUT PUT PUT", "GET GET GET GET PUT PUT PUT", 5),
        ("GET GET GET GET PUT", "GET GET GET GET GET PUT", 3),  # the second connection is reused by a GET
    ],
)
def test_writes_have_new_connections_once_the_server_has_closed_one(
    methods: str, received: str, connections: int
) -> None:
    with raw_server(closes_after(2)) as server:
        asked = transport(server)
        for method in methods.split():
            assert asked.send(method, "/", {}, None).status == 200

    assert (methods_received(server), server.connections) == (received, connections)


def test_writes_reuse_a_connection_that_the_server_keeps() -> None:
    with raw_server(sends(response(b"1"))) as server:
        asked = transport(server)
        for method in ("GET", "GET", "PUT", "PUT"):
            asked.send(method, "/", {}, None)

    assert server.connections == 1


def test_write_without_response_is_not_sent_again() -> None:
    with raw_server(closes_after(2)) as server:
        asked = transport(server)
        asked.send("GET", "/", {}, None)
        asked.send("GET", "/", {}, None)
        with pytest.raises(NoResponse):
            asked.send("PUT", "/", {}, None)

    assert methods_received(server) == "GET GET PUT"


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (drips(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"x", 0.02), INCOMPLETE),
        (drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.02), INCOMPLETE),
        (drips(b"HTTP/1.1 200 OK\r\n", b"X-More: of the same\r\n", 0.02), "no response"),
        (drips(b"HTTP/1.1 200 OK\r\nX-Endless: ", b"x", 0.02), "no response"),
        (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02), "no response"),
        (sends(b""), "no response"),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123"), INCOMPLETE),
    ],
    ids=["body", "chunks", "headers", "one-header", "continues", "silence", "cut-and-open"],
)
def test_slow_server_times_out(behaviour: Behaviour, problem: str) -> None:
    assert reason(behaviour) == f"{problem} within {TIMEOUT:g} s"


def test_body_above_the_size_limit_is_refused() -> None:
    with raw_server(sends(response(b"x" * 100_000))) as server:
        assert len(transport(server).send("GET", "/", {}, None).body) == 100_000
    assert reason(sends(response(b"x" * 100_001))) == "the response is larger than 100,000 bytes"


def test_chunk_after_a_body_as_large_as_the_limit_is_not_dropped() -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in (50_000, 50_000, 1, 0))

    problem = reason(sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks))
    assert problem == "the response is larger than 100,000 bytes"


def test_body_above_the_value_limit_is_refused() -> None:
    # In memory, these values would take thirty times their size on the wire.
    few, many = (b'{"data":[{},{' + b"," * number + b"]}" for number in (1_995, 1_996))
    with raw_server(sends(response(few))) as server:
        assert transport(server).send("GET", "/", {}, None).body == few
    assert reason(sends(response(many))) == "the response has more than 2,000 values"


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 Whatever"])
def test_interim_response_is_skipped(interim: bytes) -> None:
    early = b"HTTP/1.1 " + interim + b"\r\nLink: </style.css>\r\n\r\n"
    with raw_server(sends(early * 3, response(b"1"))) as server:
        asked = transport(server)
        assert [asked.send("GET", "/", {}, None).body for _ in range(2)] == [b"1"] * 2


def test_small_body_that_decompresses_above_the_size_limit_is_refused() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    assert reason(sends(response(bomb, b"Content-Encoding: gzip"))) == "the response is larger than 100,000 bytes"


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (resets, "Connection reset by peer"),
        (sends_and_closes(b""), "Remote end closed connection without response"),
        (sends_and_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123"), "3 bytes read, 2 more expected"),
        (sends(response(b"not gzip", b"Content-Encoding: gzip")), "incorrect header check"),
        (sends_and_closes(b"SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0-OpenSSH_9.2"),
        (sends(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 300 + b"\r\n"), "more than 100 headers"),
        (sends(b"HTTP/1.1 200 OK\r\nX: " + b"1" * 70_000 + b"\r\n\r\n"), "header line"),
    ],
    ids=["reset", "hangs-up", "cut", "not-gzip", "not-http", "many-headers", "long-header"],
)
def test_broken_response_is_reported_by_its_cause(behaviour: Behaviour, message: str) -> None:
    assert message in reason(behaviour)


def test_closed_port_is_connection_refused_and_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Raw(listener.getsockname()[1])
    asked = transport(server)

    with pytest.raises(NoResponse, match=r"^Connection refused$"):
        asked.send("GET", "/", {}, None)
    assert not asked.reaches_server()


def test_open_port_is_reached() -> None:
    with raw_server(resets) as server:
        assert transport(server).reaches_server()


def test_server_that_speaks_first_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(b"220 ready")

        thread = threading.Thread(target=greet)
        thread.start()
        assert transport(Raw(listener.getsockname()[1])).reaches_server()
        thread.join()


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("http://api.invalid/base", "api.invalid", 80),
        ("https://api.invalid", "api.invalid", 443),
        ("https://api.invalid:8443", "api.invalid", 8443),
    ],
)
def test_reach_is_checked_at_the_port_of_the_server_within_the_connect_timeout(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str, port: int
) -> None:
    calls = []

    def create_connection(*arguments: object) -> socket.socket:
        calls.append(arguments)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", create_connection)

    assert not Transport(Target("raw", address, limits=LIMITS)).reaches_server()
    assert calls == [((host, port), LIMITS.connect_seconds)]


@pytest.mark.parametrize(
    "drop_connection", [resets, lambda connection, _head: connection.close()], ids=["reset", "close"]
)
def test_server_that_drops_every_connection_is_not_reached(drop_connection: Behaviour) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drop() -> None:
            drop_connection(listener.accept()[0], b"")

        thread = threading.Thread(target=drop)
        thread.start()
        assert not transport(Raw(listener.getsockname()[1])).reaches_server()
        thread.join()


@pytest.mark.parametrize("interruption", [sends(response(b"")), resets])
def test_server_is_not_reached_after_five_timeouts_in_a_row(interruption: Behaviour) -> None:
    silent = iter([True] * 4 + [False] + [True] * 5)

    def behaviour(connection: socket.socket, head: bytes) -> None:
        if not next(silent):
            interruption(connection, head)

    reached = {}
    with raw_server(behaviour) as server:
        hurried = Target("raw", server.address, limits=Limits(answer_seconds=0.05))
        asked = Transport(hurried)
        for number in range(1, 11):
            with contextlib.suppress(NoResponse):
                asked.send("GET", "/", {}, None)
            if number in (4, 9, 10):
                reached[number] = asked.reaches_server()

    assert reached == {4: True, 9: True, 10: False}


def test_refused_connection_ends_a_row_of_timeouts() -> None:
    limits = Limits(connect_seconds=0.2, answer_seconds=0.02)
    with raw_server(sends()) as server:
        asked = Transport(Target("raw", server.address, limits=limits))
        for _ in range(4):
            with pytest.raises(NoResponse, match="within"):
                asked.send("GET", "/", {}, None)
    with pytest.raises(NoResponse, match=r"refused|reset|closed"):
        asked.send("GET", "/", {}, None)
    with pytest.raises(NoResponse, match="refused"):
        asked.send("GET", "/", {}, None)

    with socket.create_server(("127.0.0.1", server.port)) as listener:
        listener.settimeout(5)
        assert asked.reaches_server()


def test_server_is_not_reached_after_five_failures_of_tls_in_a_row(tmp_path: Path) -> None:
    with raw_server(sends(), Authority(tmp_path).server()) as server:
        asked = transport(server)
        for reached in (True, True, True, True, False):
            with pytest.raises(NoResponse, match=r"^TLS with the server failed: "):
                asked.send("GET", "/", {}, None)
            assert asked.reaches_server() is reached


def test_connection_that_is_not_accepted_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(3):  # fill the queue of connections that wait to be accepted
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        limits = Limits(connect_seconds=0.1, answer_seconds=30)
        give_up = threading.Timer(2, listener.close)
        give_up.start()
        with pytest.raises(NoResponse, match=r"^no connection within 0\.1 s$"):
            Transport(Target("raw", f"http://127.0.0.1:{listener.getsockname()[1]}", limits=limits)).send(
                "GET", "/", {}, None
            )
        give_up.cancel()


def test_error_without_message_is_reported_by_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_arguments: object) -> None:
        raise ConnectionAbortedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    with pytest.raises(NoResponse, match=r"^ConnectionAbortedError$"):
        Transport(Target("raw", "http://api.invalid")).send("GET", "/", {}, None)


def test_request_without_response_is_not_sent_again() -> None:
    with raw_server(resets) as server, pytest.raises(NoResponse):
        transport(server).send("GET", "/", {}, None)

    assert len(server.heads) == 1


def test_headers_of_the_target_are_sent_unless_the_request_has_its_own() -> None:
    with raw_server(sends(response(b""))) as server:
        target = Target("raw", server.address, limits=LIMITS, headers={"X-Gateway-Key": "key", "X-Tier": "1"})
        Transport(target).send("GET", "/", {"X-Tier": "2"}, None)

    assert b"X-Gateway-Key: key\r\n" in server.heads[0]
    assert server.heads[0].count(b"X-Tier: ") == server.heads[0].count(b"X-Tier: 2\r\n") == 1


def test_body_is_sent() -> None:
    with raw_server(sends(response(b""))) as server:
        transport(server).send("POST", "/", {}, b"{}")

    assert b"Content-Length: 2\r\n" in server.heads[0]


def test_target_with_tls_is_reached_only_with_its_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with raw_server(sends(response(b"1")), authority.server()) as server:

        def send(tls: Tls) -> bytes:
            return Transport(Target("raw", server.address, limits=LIMITS, tls=tls)).send("GET", "/", {}, None).body

        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        with pytest.raises(NoResponse, match=r"^TLS with the server failed: .*certificate verify failed"):
            send(Tls())
        with pytest.raises(NoResponse, match=r"TLS CA certificate bundle, invalid path: .*nowhere\.pem$"):
            send(Tls(ca=tmp_path / "nowhere.pem"))
        assert send(Tls(ca=authority.file)) == b"1"

        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        assert send(Tls()) == b"1"


@pytest.mark.parametrize("separate_key", [False, True])
def test_client_certificate_is_sent(tmp_path: Path, *, separate_key: bool) -> None:
    authority = Authority(tmp_path)
    authority.server()
    (both,) = tmp_path.glob("server-*.pem")
    certificate, key = both, None
    if separate_key:
        certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
        end = both.read_text().index("-----BEGIN PRIVATE KEY")
        certificate.write_text(both.read_text()[:end])
        key.write_text(both.read_text()[end:])
    context = authority.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)

    with raw_server(sends(response(b"1")), context) as server:
        tls = Tls(ca=authority.file, client_certificate=certificate, client_key=key)
        target = Target("raw", server.address, limits=LIMITS, tls=tls)
        assert Transport(target).send("GET", "/", {}, None).body == b"1"


def test_redirect_is_returned_and_not_followed() -> None:
    with raw_server(sends(response(b"", status=b"302 Found"))) as other:
        there = f"Location: {other.address}/stolen".encode()
        with raw_server(sends(response(b"", there, status=b"302 Found"))) as server:
            got = transport(server).send("GET", "/", {"Authorization": "Bearer secret-token"}, None)

    assert got.status == 302
    assert other.heads == []


def test_redirect_to_something_that_is_no_address_is_returned() -> None:
    with raw_server(sends(response(b"", b"Location: \x1b[2Jx", status=b"302 Found"))) as server:
        assert transport(server).send("GET", "/", {}, None).status == 302


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"])
def test_write_to_read_only_target_is_not_sent(method: str) -> None:
    with raw_server(sends(response(b""))) as server:
        with pytest.raises(CouldNotRun) as caught:
            transport(server, Safety.READ_ONLY).send(method, "/", {}, None)
        assert str(caught.value) == (
            "could not run: It changes data, and the target may only be read. "
            "If the data may change, run with --safety sandbox, or set `safety: sandbox` in the target file."
        )
        assert transport(server, Safety.READ_ONLY).send("GET", "/", {}, None).status == 200

    assert [head.partition(b" ")[0] for head in server.heads] == [b"GET"]


def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    with raw_server(sends(response(b""))) as server:
        transport(server).send("GET", "/", {"Authorization": "Bearer mine-alone"}, None)
        transport(server).send("GET", "/", {}, None)

    assert b"Authorization: Bearer mine-alone\r\n" in server.heads[0]
    assert b"authorization" not in server.heads[1].lower()


def test_cookie_is_not_sent_back() -> None:
    with raw_server(sends(response(b"", b"Set-Cookie: session=authenticated; Path=/"))) as server:
        asked = transport(server)
        for _ in range(2):
            asked.send("GET", "/", {}, None)

    assert b"cookie" not in server.heads[1].lower()


def test_only_the_given_headers_and_host_are_sent() -> None:
    headers = {"User-Agent": "us", "Accept-Encoding": "identity", "X-Only": "1"}

    with raw_server(sends(response(b""))) as server:
        transport(server).send("GET", "/", headers, None)

    names = [line.partition(b":")[0].decode() for line in server.heads[0].split(b"\r\n")[1:] if line]
    assert sorted(names) == sorted([*headers, "Host"])


@pytest.mark.parametrize("body", [None, b""])
def test_post_without_body_has_content_length_zero(body: bytes | None) -> None:
    with raw_server(sends(response(b""))) as server:
        transport(server).send("POST", "/", {}, body)

    assert b"Content-Length: 0\r\n" in server.heads[0]
    assert b"chunked" not in server.heads[0].lower()


@pytest.mark.parametrize("by_environment", [False, True])
def test_through_a_proxy(monkeypatch: pytest.MonkeyPatch, *, by_environment: bool) -> None:
    with raw_server(sends(response(b"1"))) as proxy:
        address = proxy.address.replace("//", "//somebody:their%20secret@")
        if by_environment:
            monkeypatch.setenv("http_proxy", address)
        target = Target("raw", "http://api.invalid/base", limits=LIMITS, proxy=None if by_environment else address)
        asked = Transport(target)
        assert [asked.send("GET", "/x?y=1", {}, None).body for _ in range(2)] == [b"1"] * 2
        assert asked.reaches_server(), "behind a proxy, the server cannot be checked"

    assert proxy.connections == 1
    for head in proxy.heads:
        assert head.startswith(b"GET http://api.invalid/base/x?y=1 HTTP/1.1\r\nHost: api.invalid\r\n")
        assert b"\r\nProxy-Authorization: Basic c29tZWJvZHk6dGhlaXIgc2VjcmV0\r\n" in head


def test_this_machine_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid")
    with raw_server(sends(response(b"1"))) as server:
        assert Transport(Target("raw", server.address, limits=LIMITS)).send("GET", "/", {}, None).body == b"1"


def test_host_in_no_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with raw_server(sends(response(b"1"))) as server:
        assert transport(server).send("GET", "/", {}, None).body == b"1"


def test_proxy_failure_is_reported_without_the_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = Raw(listener.getsockname()[1])
    with raw_server(sends(response(b"", status=b"407 Proxy Authentication Required"))) as refusing:
        for proxy, server, told in (
            (nobody, "http://api.invalid", "Connection refused"),
            (refusing, "https://api.invalid", "Tunnel connection failed: 407 Proxy Authentication Required"),
        ):
            through = proxy.address.replace("//", "//somebody:their-secret@")
            with pytest.raises(NoResponse, match=f"^the proxy failed: {told}$"):
                Transport(Target("raw", server, proxy=through)).send("GET", "/", {}, None)


def test_server_whose_responses_are_too_large_still_counts_as_reached() -> None:
    with raw_server(sends(response(b"x" * 200_000))) as server:
        asked = transport(server)
        for _ in range(6):
            with pytest.raises(NoResponse, match="larger"):
                asked.send("GET", "/", {}, None)

        assert asked.reaches_server()
