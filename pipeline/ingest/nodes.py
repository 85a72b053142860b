"""Reads a JSON-LD object by the local names of its properties, however its publisher writes them.

`ceterms:name`, `https://purl.org/ctdl/terms/name`, `name` and the publishing form's `Name` are one property here, as
are `@type` and `type`. Nothing is expanded against a `@context` and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_LANGUAGE_TAG: Final = re.compile(r"^(?:[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*|@none|und)$", re.IGNORECASE)
_NOT_TAGS: Final = frozenset({"id", "url", "uri", "iri"})  # they look like language tags ("id" is Indonesian)
_LONGEST_NAME: Final = 300
_MOST_VALUES: Final = 2_000  # of one property: beyond it is an attack or a mistake, and the record stands without


@dataclass(frozen=True, slots=True)
class Said:
    """A text as the source wrote it, and the language tag that the source gives it (None: it gives none)."""

    text: str
    declared: str | None = None


def local_name(key: str) -> str:
    """The last part of a property or class name in lower case: "ceterms:Name", ".../terms/name", "@name" -> "name"."""
    return _local_name(key[-_LONGEST_NAME:])


@lru_cache(maxsize=4096)
def _local_name(key: str) -> str:
    return re.split(r"[:/#]", key.strip().rstrip("/#"))[-1].lstrip("@").casefold()


def listed(value: Json) -> list[Json]:
    """A value as a list: an array as it is, nothing as an empty one; `@list` and `@set` are opened."""
    if isinstance(value, dict):
        value = value.get("@list", value.get("@set", value))
    if isinstance(value, list):
        return value[:_MOST_VALUES]
    return [] if value is None else [value]


def said(value: Json, language: str | None = None) -> Iterator[Said]:
    """The texts in a value: a string, an array, `{"@value", "@language"}` or a language map; numbers as they print."""
    pending: list[tuple[Json, str | None]] = [(value, language)]
    while pending:
        item, tag = pending.pop()
        if isinstance(item, str):
            if item.strip():
                yield Said(item, tag)
        elif isinstance(item, list):
            pending.extend((each, tag) for each in reversed(item[:_MOST_VALUES]))
        elif isinstance(item, dict):
            pending.extend(_spoken(item, tag))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield Said(f"{item:g}", tag)


def _spoken(item: dict[str, Json], tag: str | None) -> Iterator[tuple[Json, str | None]]:
    """What an object says if it is a tagged text or a language map; in reverse, for a stack."""
    if "@value" in item:
        declared = item.get("@language")
        yield item["@value"], declared if isinstance(declared, str) else tag
    elif _is_language_map(item):
        for key in reversed(item):
            yield item[key], tag if key in ("@none", "und") else key


def _is_language_map(item: dict[str, Json]) -> bool:
    tagged = all(_LANGUAGE_TAG.match(key) and not isinstance(value, dict) for key, value in item.items())
    return tagged and not item.keys() <= _NOT_TAGS


class Node:
    """One JSON-LD object. Properties are asked for by local name; several names mean "the first that is there"."""

    __slots__ = ("_values", "raw")

    def __init__(self, raw: Mapping[str, Json]) -> None:
        """Takes the object as parsed; of two spellings of one property, the first that holds something counts."""
        self.raw = raw
        self._values: dict[str, Json] = {}
        for key, value in raw.items():
            name = local_name(key)
            if value not in (None, "", [], {}) and name not in self._values:
                self._values[name] = value

    def get(self, *names: str) -> Json:
        """The first of these properties that holds something, None if none does."""
        return next((self._values[name] for name in map(local_name, names) if name in self._values), None)

    def has(self, *names: str) -> bool:
        """Whether one of these properties holds something."""
        return self.get(*names) is not None

    def texts(self, *names: str, language: str | None = None) -> tuple[Said, ...]:
        """The texts of a property, each with its declared language (`language` where it declares none)."""
        return tuple(said(self.get(*names), language))

    def text(self, *names: str) -> str | None:
        """One text of a property for a field that has no language: English before French before any other."""
        return one_of(self.texts(*names))

    def string(self, *names: str) -> str | None:
        """The property's value if it is a plain string, or the first such in an array."""
        return next((v.strip() for v in listed(self.get(*names)) if isinstance(v, str) and v.strip()), None)

    def number(self, *names: str) -> float | None:
        """The property's value if it is a number, or a string that holds just one."""
        value = self.get(*names)
        if isinstance(value, str):
            try:
                value = float(value.strip().replace(",", "."))
            except ValueError:
                return None
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
            return float(value)
        return None

    def nodes(self, *names: str) -> tuple[Node, ...]:
        """The objects among the property's values."""
        return tuple(Node(item) for item in listed(self.get(*names)) if isinstance(item, dict))

    def references(self, *names: str) -> tuple[str, ...]:
        """The identifiers among the property's values: strings, and the ids of objects."""
        found = (Node(item).id if isinstance(item, dict) else item for item in listed(self.get(*names)))
        return tuple(ref.strip() for ref in found if isinstance(ref, str) and ref.strip())

    @property
    def id(self) -> str | None:
        """The node's `@id` or `id`."""
        return self.string("id")

    @property
    def types(self) -> tuple[str, ...]:
        """The local names of the node's types, in lower case."""
        return tuple(local_name(item) for item in listed(self.get("type")) if isinstance(item, str))

    @property
    def language(self) -> str | None:
        """The one language that the node declares for its texts, by `@language` on it or in its own context."""
        contexts = [each for each in listed(self.raw.get("@context")) if isinstance(each, dict)]
        declared = (self.get("language"), *(context.get("@language") for context in contexts))
        return next((tag for tag in declared if isinstance(tag, str) and _LANGUAGE_TAG.match(tag)), None)


def one_of(texts: tuple[Said, ...]) -> str | None:
    """English before French before untagged before any other language."""
    order = {"en": 0, "fr": 1, "": 2}
    ranked = sorted(texts, key=lambda each: order.get((each.declared or "")[:2].casefold(), 3))
    return " ".join(ranked[0].text.split()) if ranked else None
