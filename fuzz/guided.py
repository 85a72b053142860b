"""Runs one target under a coverage-guided fuzzer: `python -m fuzz.guided TARGET SECONDS [FOLDER]`.

Needs atheris, which is no dependency of the project: `make fuzz` puts it into build/atheris (requirements in
fuzz/requirements.txt). What breaks a promise is written to FOLDER/crash-*, and the process ends with a traceback.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import atheris
import orjson

with atheris.instrument_imports(include=["pipeline"], enable_loader_override=False):
    from fuzz import targets
    from fuzz.seeds import VALUES, WORDS, starting_inputs

JSON_TARGETS = ("json", "jsonl", "greenhouse", "lever", "ashby", "francetravail", "jobbank")
MAX_INPUT = 8_192


def _places(value: object, found: list[tuple[object, object]]) -> None:
    """Every (container, key) of a JSON value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found.append((value, key))
        _places(value[key], found)  # type: ignore[index]


def mutate_json(data: bytes, max_size: int, seed: int) -> bytes:
    """Changes a value, a key or the shape of JSON, which random bytes seldom do; anything else at random."""
    rng = random.Random(seed)
    try:
        value = json.loads(data)
        places: list[tuple[object, object]] = []
        _places(value, places)
    except (ValueError, RecursionError):
        places = []
    if not places or rng.random() < 0.3:
        return bytes(atheris.Mutate(data, max_size))
    for _ in range(rng.randint(1, 3)):
        container, key = rng.choice(places)
        choice = rng.random()
        if choice < 0.6:
            new: object = rng.choice([*VALUES, *WORDS])
        elif choice < 0.8:
            other, at = rng.choice(places)
            new = json.loads(json.dumps(other[at]))  # type: ignore[index]
        else:
            new = [container[key]] if choice < 0.9 else {"@value": container[key]}  # type: ignore[index]
        container[key] = new  # type: ignore[index]
    mutated = json.dumps(value).encode()
    return mutated if len(mutated) <= max_size else bytes(atheris.Mutate(data, max_size))


def main() -> None:
    """Fuzzes one target for some seconds."""
    name, seconds = sys.argv[1], int(sys.argv[2])
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else "build/fuzz") / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate([*starting_inputs(name), *targets.seeds(name)]):
        (corpus / f"start-{number:03d}").write_bytes(data[:MAX_INPUT])
    words = folder / "words.dict"
    words.write_text(
        "".join(
            f"{orjson.dumps(w.encode('unicode_escape').decode()).decode()}\n"
            for w in WORDS
            if w.isascii() and "\0" not in w and "\\" not in w
        )
    )
    options = [
        f"-max_total_time={seconds}", f"-max_len={MAX_INPUT}", "-timeout=30", "-rss_limit_mb=4096", f"-dict={words}",
        f"-artifact_prefix={folder}/", "-print_final_stats=1", str(corpus),
    ]  # fmt: skip
    targets.TARGETS[name](b"what is loaded when it is first needed is loaded now")
    mutator = mutate_json if name.partition("-")[2] in JSON_TARGETS else None
    atheris.Setup([sys.argv[0], *options], lambda data: targets.run(name, data), custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
