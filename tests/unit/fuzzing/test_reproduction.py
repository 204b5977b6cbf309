"""Scripts that reproduce a failure."""

import json
import subprocess

from lead_provider_conformance.fuzzing.reproduction import script, write_script
from lead_provider_conformance.results.journal import EXCHANGES


def exchange(id_, path, status=200):
    return {
        "id": id_,
        "request": {
            "method": "GET",
            "url": f"http://server{path}",
            "headers": {"Authorization": "Bearer $TOKEN"},
            "body": None,
        },
        "response": {"status": status},
    }


def test_script_has_the_requests_in_order_with_their_statuses():
    text = script("It went wrong", [exchange("a", "/one"), exchange("b", "/two", 422)])
    assert text.index("/one") < text.index("# the response was 422") < text.index("/two")
    assert 'Bearer $TOKEN"' in text


def test_failure_text_stays_within_its_comment():
    assert "\nrm " not in script("harmless\nrm -rf /", [])


def test_written_script_is_valid_shell(tmp_path):
    (tmp_path / EXCHANGES).write_text(
        "".join(json.dumps(exchange(id_, f"/{id_}?page[page]=1")) + "\n" for id_ in "abc"), encoding="utf-8"
    )
    path = write_script(tmp_path, "suites/x.py::test[v3-ecf 1]-generated/lifecycle", "It's wrong", ["c", "a", "gone"])
    assert path.name == "suites-x-py-test-v3-ecf-1-generated-lifecycle.sh"
    assert subprocess.run(["/bin/sh", "-n", str(path)], check=False).returncode == 0
    text = path.read_text(encoding="utf-8")
    assert text.index("/c?") < text.index("/a?")
    assert "/b?" not in text
