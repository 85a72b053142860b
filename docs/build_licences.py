"""Writes docs/licences.md: the licence of every package of requirements.lock, as the installed package states it."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of dependencies

Made by `python docs/build_licences.py` from what the installed packages state; not a legal opinion. Passerelle itself
is Apache-2.0. Packages that are not installed on the machine that made this page (for other systems or versions of
Python) are named at the end.

| package | version | licence |
|---|---|---|
"""
CLASSIFIER = "License :: OSI Approved :: "


def pins(lock: Path) -> list[tuple[str, str]]:
    """Packages and versions, as a lock file pins them; a package may have one version per version of Python."""
    return re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)


def licence(package: str) -> str | None:
    """What a package says of its licence, in a few words; None if it is not installed."""
    try:
        metadata = distribution(package).metadata
    except PackageNotFoundError:
        return None
    stated = metadata.get("License-Expression") or ""
    classified = [each.removeprefix(CLASSIFIER) for each in metadata.get_all("Classifier") or () if CLASSIFIER in each]
    free = (metadata.get("License") or "").strip().splitlines()
    short = free[0] if free and len(free[0]) <= 60 else ""
    return stated or "; ".join(sorted(classified)) or short or "not stated"


def page() -> str:
    """The page."""
    rows, absent = [], []
    for package, version in sorted(pins(ROOT / "requirements.lock")):
        name = licence(package)
        if name is None:
            absent.append(package)
        else:
            rows.append(f"| {package} | {version} | {name.replace('|', '/')} |")
    tail = f"\nNot installed here: {', '.join(absent)}\n" if absent else ""
    return HEAD + "\n".join(rows) + "\n" + tail


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else "docs/licences.md is not what the packages state")
    PAGE.write_text(page(), encoding="utf-8")
