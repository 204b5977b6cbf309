"""Stop a target's process group if the run that started it is killed.

`launch` runs this file as a process of its own, with the id of the process group as its argument. Standard input is a
pipe whose other end only the run holds. The run writes to it when it has stopped the target; if the run is killed, the
operating system closes the pipe and nothing can be read.
"""

import contextlib
import os
import signal
import sys
import threading

STOP_SECONDS = 10.0
POLL_SECONDS = 0.1


def end(group: int) -> None:
    """Terminate a process group, and kill it if it does not end in time."""
    clock = threading.Event()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        for _ in range(int(STOP_SECONDS / POLL_SECONDS)):
            clock.wait(POLL_SECONDS)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__" and not sys.stdin.buffer.read():
    end(int(sys.argv[1]))
