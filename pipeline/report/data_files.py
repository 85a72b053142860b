"""The data behind the pages, cut into files that a page loads when it needs them.

Each file is a script that hands one value to the page's registry: a browser loads scripts from a file path as it does
from a server, under a policy that allows the site's own files and nothing else.

    data/core.js             names of all roles, credentials and skills, demand, what tables there are
    data/similar.js          how far one skill counts for another: coverage is added up again from it, skill by skill
    data/role-<n>.js         one role: demand by region, skills, credentials, stacks, sentences of postings
    data/credential-<n>.js   one credential: what it teaches and where that stands, roles, definition check, value
    data/transitions-<n>.js  the ways from one role to all others
    data/unmet.js, data/changes.js, data/advice.js
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import core_value, similar_value
from pipeline.report.credential_data import advice_value, credential_values
from pipeline.report.gap_data import changes_value, unmet_value
from pipeline.report.published import Published
from pipeline.report.role_data import role_values
from pipeline.report.transition_data import transition_values
from pipeline.settings import Settings


def script(key: str, value: object) -> bytes:
    """A file that registers a value. Text cannot end the script or the line it stands in, wherever it is pasted."""
    content = orjson.dumps(value).decode()
    for character, escaped in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        content = content.replace(character, escaped)
    return f'passerelle.put("{key}",{content});\n'.encode()


def data_files(published: Published, book: Codebook, settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every data file: its path in the site, and its content."""
    singles: dict[str, object] = {
        "core": core_value(published, book, settings.value.open_share),
        "similar": similar_value(published, book),
        "advice": advice_value(published),
        "unmet": unmet_value(published, book),
        "changes": changes_value(published, book),
    }
    for key, value in singles.items():
        yield f"data/{key}.js", script(key, value)
    many: list[tuple[str, Iterable[tuple[int, object]]]] = [
        ("role", role_values(published, book)),
        ("credential", credential_values(published, book)),
        ("transitions", transition_values(published, book)),
    ]
    for kind, values in many:
        for number, value in values:
            yield f"data/{kind}-{number}.js", script(f"{kind}-{number}", value)
