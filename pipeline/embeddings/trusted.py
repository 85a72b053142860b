"""Which model folders may be loaded: weights that are numbers and nothing else, and code that is installed here.

A model is a stranger's folder. Pickled weights can run anything when they are read, and a model may name the class that
reads it: neither is looked at before these checks have passed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from pipeline.errors import EncoderError

PICKLED: Final = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npz"})
ALLOWED: Final = ("sentence_transformers.",)


def check_model_folder(folder: Path, own: str) -> None:
    """Makes sure that a folder holds a model that can be loaded without running a stranger's code.

    Args:
        folder: of a sentence-transformers model.
        own: the class of this project's own encoder, which is allowed too.

    Raises:
        EncoderError: its weights are not in safetensors, it brings code, or it names a class from elsewhere.
    """
    files = [path for path in folder.rglob("*") if path.is_file()]
    code = sorted(path.relative_to(folder).as_posix() for path in files if path.suffix == ".py")
    if code:
        raise EncoderError(f"The model in {folder} brings code of its own ({code[0]}), which is not run.")
    pickled = sorted(path.relative_to(folder).as_posix() for path in files if path.suffix in PICKLED)
    if pickled and not any(path.suffix == ".safetensors" for path in files):
        raise EncoderError(
            f"The weights in {folder} are pickled ({pickled[0]}), and reading them could run anything. Give a model "
            "whose weights are in safetensors."
        )
    for name in _classes(folder):
        if name != own and not name.startswith(ALLOWED):
            raise EncoderError(f"The model in {folder} asks for the class {name!r}, which is not loaded for a model.")


def _classes(folder: Path) -> list[str]:
    """The classes that a model asks for, in modules.json and in the `auto_map` of its configurations."""
    names: list[str] = []
    for path in sorted(folder.rglob("*.json")):
        try:
            value = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            continue
        if path.name == "modules.json" and isinstance(value, list):
            names.extend(str(module.get("type", "")) for module in value if isinstance(module, dict))
        if isinstance(value, dict) and isinstance(value.get("auto_map"), dict):
            names.extend(map(str, value["auto_map"].values()))
    return names
