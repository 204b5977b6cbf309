"""Messages for the terminal from all processes of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(eq=False)
class Notices:
    """Messages in a file that the processes of a run share, one a line.

    A process of xdist has no terminal. The main process shows the messages when a test ends, and its own at once:
    `on_new` is called after each.
    """

    file: Path
    on_new: Callable[[], None] = lambda: None
    _read: int = 0
    _added: set[str] = field(default_factory=set)
    _shown: set[str] = field(default_factory=set)

    def add(self, message: str) -> None:
        """Add a message. Of messages with the same first sentence only the first one is shown."""
        if _first_sentence(message) not in self._added:
            self._added.add(_first_sentence(message))
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{message}\n")
            self.on_new()

    def take_new(self) -> list[str]:
        """Return the messages to show since the last call."""
        lines = self.file.read_text("utf-8").splitlines() if self.file.is_file() else []
        added, self._read = lines[self._read :], len(lines)
        new = {_first_sentence(each): each for each in reversed(added) if _first_sentence(each) not in self._shown}
        self._shown |= set(new)
        return list(reversed(new.values()))


def _first_sentence(message: str) -> str:
    return message.partition(". ")[0]
