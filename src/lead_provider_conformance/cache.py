"""Write cache files that several processes may read and write at once."""

from __future__ import annotations

import tempfile
from pathlib import Path


def put(file: Path, content: bytes) -> None:
    """Replace `file` atomically: another process may be reading it, or writing the same content."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(file)
