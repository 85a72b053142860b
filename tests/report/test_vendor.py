"""The bundled library and fonts are what their registry published."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

from pipeline.report.pages import PLOT_STYLE

ASSETS = files("pipeline.report").joinpath("assets")


def test_each_bundled_file_is_listed_with_its_hash_version_and_licence() -> None:
    listed = json.loads(ASSETS.joinpath("vendor/vendored.json").read_text(encoding="utf-8"))
    bundled = {f"{folder}/{p.name}" for folder in ("vendor", "fonts") for p in ASSETS.joinpath(folder).iterdir()}
    licences = {entry["licence_file"] for entry in listed.values()}
    assert bundled == listed.keys() | licences | {"vendor/vendored.json"}
    for path, entry in listed.items():
        assert hashlib.sha256(ASSETS.joinpath(path).read_bytes()).hexdigest() == entry["sha256"], path


def test_the_policy_names_the_style_that_the_chart_library_puts_in() -> None:
    library = ASSETS.joinpath("vendor/plot.umd.min.js").read_text(encoding="utf-8")
    for rule in ("--plot-background: white;", "height: intrinsic;", "white-space: pre;"):
        assert rule in library and rule in PLOT_STYLE
