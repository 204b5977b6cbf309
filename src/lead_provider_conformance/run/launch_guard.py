"""Ends a target's process group when the run that started it is gone without having ended it.

`launch` runs this file as a process of its own, with the group's number as its argument. Its standard input is a pipe
whose other end only the run holds: when the run ends in order it says so there, and if it is killed, and can do nothing
any more, the system closes the pipe.
"""

import contextlib
import os
import signal
import sys
import threading

STOP_SECONDS = 10.0
LOOK_SECONDS = 0.1


def end(group: int) -> None:
    """Ask a process group to end, and end by force what of it does not."""
    never = threading.Event()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        for _ in range(int(STOP_SECONDS / LOOK_SECONDS)):
            never.wait(LOOK_SECONDS)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__" and not sys.stdin.buffer.read():
    end(int(sys.argv[1]))
