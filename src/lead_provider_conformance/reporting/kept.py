"""What the templates of the page are compiled to, kept between runs: to compile them takes longer than to fill them in.

It is kept in the user's cache. Where nothing can be written, or what is there is spoilt, they are compiled.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from collections.abc import Iterable
from pathlib import Path

from jinja2 import BytecodeCache, compiler
from jinja2.bccache import Bucket

from lead_provider_conformance.keeping import put
from lead_provider_conformance.resources import cache_folder


class KeptTemplates(BytecodeCache):
    """For the environment that a file, `made_by`, sets up: in another, templates are compiled to something else."""

    def __init__(self, made_by: str, folder: Path | None = None) -> None:
        self._folder = (folder or cache_folder()) / "templates"
        self._made_by = [Path(each).read_bytes() for each in (compiler.__file__, made_by)]

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what is kept of its template, if anything is."""
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError, pickle.UnpicklingError):
            bucket.bytecode_from_string(self._file(bucket).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is in the bucket."""
        with contextlib.suppress(OSError):
            put(self._file(bucket), bucket.bytecode_to_string())

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / _digest([bucket.key.encode(), bucket.checksum.encode(), *self._made_by])


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:20]
