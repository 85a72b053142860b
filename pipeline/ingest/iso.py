"""Tables of ISO codes, as the files of pycountry have them.

The library makes an object and several indices of each entry, which takes longer than everything that is asked of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import orjson
import pycountry


def iso_table(standard: Literal["3166-1", "3166-2", "639-3"]) -> list[dict[str, str]]:
    """The entries of a standard, in the order of its file.

    Args:
        standard: 3166-1 has countries (alpha_2, alpha_3, name, some with common_name), 3166-2 their regions (code,
            name), 639-3 languages (alpha_3, name, some with alpha_2 and bibliographic).
    """
    entries: list[dict[str, str]] = orjson.loads(Path(pycountry.DATABASE_DIR, f"iso{standard}.json").read_bytes())[
        standard
    ]
    return entries
