"""Messages of all processes of a run are shown once each."""

from __future__ import annotations

from pathlib import Path

from lead_provider_conformance.run.notices import Notices


def test_messages_of_other_processes_are_shown_once_by_their_first_sentence(tmp_path: Path) -> None:
    main, worker = Notices(tmp_path / "notices"), Notices(tmp_path / "notices")
    assert main.take_new() == []

    worker.add("It throttles. It waits 1 s.")
    worker.add("It throttles. It waits 2 s.")
    main.add("It throttles. It waits 3 s.")
    assert main.take_new() == ["It throttles. It waits 1 s."]

    worker.add("The token is refused.")
    Notices(tmp_path / "notices").add("It throttles. It waits 4 s.")
    assert main.take_new() == ["The token is refused."]
    assert main.take_new() == []


def test_own_message_is_announced_at_once(tmp_path: Path) -> None:
    notices = Notices(tmp_path / "notices")
    shown: list[str] = []
    notices.on_new = lambda: shown.extend(notices.take_new())

    notices.add("It throttles.")
    notices.add("It throttles.")

    assert shown == ["It throttles."]
