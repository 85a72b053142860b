"""What a process that is one command does first, so that it starts at once and is not held up."""

from __future__ import annotations

import gc
import sys
from importlib.machinery import ModuleSpec
from typing import Final

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
