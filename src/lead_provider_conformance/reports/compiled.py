"""What the templates of the page are compiled to, which takes longer than to fill them in.

It is code, so it is kept where Python keeps what it compiles of this package, and not among what is kept for the user.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sys
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache, compiler
from jinja2.bccache import Bucket

from lead_provider_conformance.cache import put


class CompiledTemplates(BytecodeCache):
    """For the environment that a file, `made_by`, sets up: in another, templates are compiled to something else.

    Where nothing can or shall be written, or what is there is spoilt, they are compiled anew.
    """

    def __init__(self, made_by: str, folder: Path | None = None) -> None:
        self._folder = folder or Path(cache_from_source(made_by)).parent
        self._made_by = b"\0".join(Path(each).read_bytes() for each in (compiler.__file__, made_by))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja2's
        """Name what is kept, as Python does, after the file and the Python that it is for."""
        return f"{name}.{sys.implementation.cache_tag}"

    def get_source_checksum(self, source: str) -> str:
        """Tell one template from another, and from the same in another environment."""
        return hashlib.sha256(source.encode() + b"\0" + self._made_by).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what is kept of its template, if anything is."""
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError, pickle.UnpicklingError):
            bucket.bytecode_from_string((self._folder / bucket.key).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is in the bucket."""
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                put(self._folder / bucket.key, bucket.bytecode_to_string())
