"""What a process that is one command does first and last, so that it starts at once and is not held up."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib.machinery import ModuleSpec
from typing import Final, NoReturn

# Containers more than before, some 5 MB, after which cycles are looked for; Python's own is 700.
_AT_ONCE: Final = 50_000


class _NoPandas:
    """Finds no module named pandas, and leaves every other to the finders after it."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Nothing.

        Raises:
            ModuleNotFoundError: pandas is asked for.
        """
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def arrow_without_pandas() -> None:
    """Lets Arrow look for pandas, once and in vain.

    Arrow imports pandas with the first array that it makes, so that it would know a pandas object if it saw one. That
    takes longer than most commands do, and no command hands it one. Afterwards pandas can be imported as ever, but
    Arrow will not convert to it: only for a process that is one command.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NoPandas)
    try:
        import pyarrow as pa

        pa.array([None])
    finally:
        sys.meta_path.remove(_NoPandas)


def collect_rarely() -> None:
    """Lets Python look for cycles less often.

    It looks whenever 700 more objects have come than gone, which a reader of records does all the time, and finds
    hardly any cycles. What is in no cycle goes at once, as ever.
    """
    gc.set_threshold(_AT_ONCE, *gc.get_threshold()[1:])


def leave(code: int) -> NoReturn:
    """Ends the process at once, as soon as what it has printed is out.

    Python would first look at all objects that are left, several times, and take them apart: a quarter of a second
    after a night. Memory goes back to the system in any case, and whatever else a command uses it has closed by then,
    but for the database of queries, which may have laid something aside on disk.

    Args:
        code: the exit code; 1 instead of 0 where what was printed cannot be written.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):  # there is none where it was closed before the command began
        try:
            stream.flush()
        except BrokenPipeError:
            pass  # who read it has seen enough
        except OSError as error:
            with suppress(Exception):
                sys.stderr.write(f"error: what was printed could not be written: {error.strerror}\n")
                sys.stderr.flush()
            code = code or 1
    with suppress(Exception):  # the command has done its work
        if "pipeline.sql" in sys.modules:
            sys.modules["pipeline.sql"].close()
    os._exit(code)
