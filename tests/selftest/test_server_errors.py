"""A 5xx is a failure, whichever part of the suite sent the request."""

from __future__ import annotations

from pathlib import Path

from .processes import V3_ECF, run, sandbox, token_options
from .servers import Proxy, Request, Response, serve

LIST = "/api/v3/participant-declarations"


def fails_to_list_declarations(request: Request, response: Response) -> Response:
    if request.method == "GET" and request.path.partition("?")[0] == LIST:
        return Response(500, b'{"error": "Internal server error"}', {"Content-Type": "application/json"})
    return response


def test_server_error_in_the_search_for_records_fails_a_run_of_selected_tests(tmp_path: Path) -> None:
    options = (*token_options(), "--safety", "sandbox", *V3_ECF, "--requirement", "void/payable")
    with sandbox() as server, serve(Proxy(server.address, change=fails_to_list_declarations)) as address:
        ended = run(tmp_path, "--base-url", address, *options)

    assert ended.status == 1, ended.output
    assert ended.with_outcome("failed") == {"contract/documented-status"}
    assert "void/payable" in ended.with_outcome("could-not-run")
    (failure, *_) = ended.findings("contract/documented-status")
    (shown,) = [each for each in ended.exchanges if each["id"] == failure["exchanges"][0]]
    assert (shown["operation"], shown["response"]["status"]) == ("list_participant_declarations", 500)
    assert "1 failed" in ended.stdout.splitlines()[-1]
