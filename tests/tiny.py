"""A world that is published in seconds: two occupations of the starter taxonomy, and a few bilingual documents."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.lake import open_location

ROOT = Path(__file__).resolve().parent.parent
EMPLOYERS = ROOT / "samples" / "postings" / "employers"
CREDENTIALS = ROOT / "samples" / "credentials" / "formations.jsonl"
POSTINGS = ("entrepots-vallonne.html", "prairie-current-energy.html")
OCCUPATIONS = ("po:material-handler", "po:forklift-operator")

SETTINGS = """
[taxonomy]
name = "{taxonomy}"
[linking]
shard_units = 120
[profile]
min_postings = 1
min_support = 0.0
min_skills = 1
[gate]
min_linked_postings = 0.1
min_linked_credentials = 0.1
min_links_per_posting = 0.1
min_assigned_postings = 0.0
[intake]
settle_seconds = 0.5
"""


@dataclass(frozen=True)
class World:
    """Where one test's lake, landing area and settings are; `lake` and `landing` may be URLs."""

    folder: Path
    lake: str
    landing: str
    settings: Path

    def variables(self) -> dict[str, str]:
        """What a process of this world is told."""
        return {
            "PASSERELLE_LAKE": self.lake, "PASSERELLE_LANDING": self.landing, "PASSERELLE_SETTINGS": str(self.settings),
        }  # fmt: skip

    def land(self, kind: str, *files: Path) -> None:
        """Puts files into the landing area as a careful sender does: under a hidden name, then renamed."""
        if "://" in self.landing:  # where an object is there once it is whole
            system, root = open_location(self.landing)
            for file in files:
                with system.open_output_stream(f"{root}/{kind}/{file.name}") as stream:
                    stream.write(file.read_bytes())
            return
        inbox = Path(self.landing) / kind
        inbox.mkdir(parents=True, exist_ok=True)
        for file in files:
            hidden = inbox / f".{file.name}"
            shutil.copyfile(file, hidden)
            hidden.rename(inbox / file.name)

    def land_all(self) -> None:
        """Everything that this world has."""
        self.land("postings", *(EMPLOYERS / name for name in POSTINGS))
        self.land("credentials", CREDENTIALS)


def make_world(folder: Path, taxonomy: Path) -> World:
    """A world with nothing in it yet."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS.format(taxonomy=taxonomy))
    return World(folder, str(folder / "lake"), str(folder / "landing"), settings)


def save_tiny_taxonomy(home: Path) -> Path:
    """Some occupations of the starter taxonomy with the skills that they ask for."""
    from dataclasses import replace

    from pipeline.taxonomy import load_starter, save_taxonomy
    from pipeline.taxonomy.model import fingerprint_tables

    starter = load_starter()
    occupations = starter.occupations
    occupations = occupations.filter(pc.is_in(occupations["occupation_id"], pa.array(OCCUPATIONS)))
    asked = starter.occupation_skills
    asked = asked.filter(pc.is_in(asked["occupation_id"], occupations["occupation_id"].combine_chunks()))
    ids = asked["skill_id"].combine_chunks().unique()
    relations = starter.skill_relations
    tables = {
        "skills": starter.skills.filter(pc.is_in(starter.skills["skill_id"], ids)),
        "occupations": occupations,
        "skill_relations": relations.filter(
            pc.and_(pc.is_in(relations["skill_id"], ids), pc.is_in(relations["target_id"], ids))
        ),
        "occupation_skills": asked,
    }
    save_taxonomy(replace(starter, name="tiny", fingerprint=fingerprint_tables(tables), **tables), home)
    return home


def base_environment(home: Path, dags: Path = ROOT / "dags") -> dict[str, str]:
    """The variables of an Airflow that is nobody's: a home of its own, SQLite, no examples, this checkout's code."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PASSERELLE_", "PYTEST_"))
    }
    return kept | {
        "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def published(lake: Path) -> dict[str, bytes]:
    """Every file of the published snapshot, by name."""
    from pipeline.lake import Lake

    folder = lake / "snapshots" / str(Lake(lake).latest())
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def rows_of(lake: Path, table: str) -> list[dict[str, object]]:
    """The rows of a published table."""
    from pipeline.lake import Lake

    return pq.read_table(lake / "snapshots" / str(Lake(lake).latest()) / f"{table}.parquet").to_pylist()
