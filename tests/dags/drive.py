"""Runs DAGs one after the other in one process, as `dag.test()` does and writes what became of each to story.json.

Its own process, since Airflow reads its configuration once. Called with the folder of a world (see `tiny`).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select

from tests.tiny import World

Story = dict[str, dict[str, object]]
SETTLED = 0.6  # seconds: [intake] settle_seconds of this world, and a little


class Stage:
    """A world on which DAGs are run."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, str(folder / "lake"), str(folder / "landing"), folder / "settings.toml")
        self.bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
        self.story: Story = {}

    def run(self, name: str, dag_id: str, **conf: object) -> None:
        """Runs a DAG; keeps its state, those of its tasks, and which snapshot is published then."""
        dag = self.bag.dags[dag_id]
        dag.deadline = None  # `dag.test` of 3.3.2 asks the database for a deadline by what is not yet its id
        run = dag.test(run_conf=conf or None)
        pointer = Path(self.world.lake) / "latest.json"
        self.story[name] = {
            "state": str(run.state),
            "tasks": {f"{ti.task_id}{'' if ti.map_index < 0 else f'.{ti.map_index}'}": str(ti.state)
                      for ti in run.get_task_instances()},
            "tries": {ti.task_id: ti.try_number for ti in run.get_task_instances()},
            "published": orjson.loads(pointer.read_bytes())["snapshot_id"] if pointer.exists() else None,
        }  # fmt: skip

    def seen_in_ui(self) -> dict[str, object]:
        """What the metadata database has for the user interface: extras of asset events, and links of tasks."""
        with create_session() as session:
            events = [(event.asset.name, event.extra) for event in session.scalars(select(AssetEvent))]
            links = session.scalars(select(XComModel.value).where(XComModel.key == "_link_PublishedLink"))
            return {"events": events, "links": list(links)}


def write_withdrawal(stage: Stage, posting: str) -> None:
    """Takes a posting back."""
    inbox = Path(stage.world.landing) / "postings"
    (inbox / ".back").write_text(f"# filled\n{posting}\n")
    (inbox / ".back").rename(inbox / "filled.withdrawn")
    time.sleep(SETTLED)


def land(stage: Stage) -> None:
    """Drops all files, and lets them lie for as long as it takes until they may be taken."""
    stage.world.land_all()
    time.sleep(SETTLED)


def acts(stage: Stage) -> list[Callable[[], None]]:
    """The story, act by act."""
    return [
        lambda: stage.run("empty", "ingest_postings"),
        lambda: land(stage),
        lambda: stage.run("postings", "ingest_postings"),
        lambda: stage.run("credentials", "ingest_credentials"),
        lambda: stage.run("first", "refresh_matches"),
        lambda: stage.run("nothing new", "refresh_matches"),
        lambda: land(stage),
        lambda: stage.run("the same again", "ingest_postings"),
        lambda: stage.run("rebuilt", "rebuild_all", reason="a test", relink=True),
        lambda: os.environ.update(
            PASSERELLE_GATE__MIN_LINKED_POSTINGS="1.0", PASSERELLE_LINKING__MIN_CONFIDENCE="0.99"
        ),
        lambda: stage.run("held back", "refresh_matches"),
        lambda: [
            os.environ.pop(n) for n in list(os.environ) if n.startswith(("PASSERELLE_GATE", "PASSERELLE_LINKING"))
        ],
        lambda: write_withdrawal(stage, last_posting(stage)),
        lambda: stage.run("withdrawal", "ingest_postings"),
        lambda: stage.run("without it", "refresh_matches"),
        lambda: os.environ.update(PASSERELLE_NO_SUCH__SETTING="1"),
        lambda: stage.run("bad setting", "refresh_matches"),
        lambda: os.environ.pop("PASSERELLE_NO_SUCH__SETTING"),
        lambda: stage.run("maintained", "maintain", dry_run=True),
        lambda: stage.run("evaluated", "evaluate_quality"),
    ]


def last_posting(stage: Stage) -> str:
    """The id of a posting in the lake."""
    from pipeline.ingest import DocumentStore
    from pipeline.lake import Lake

    return str(DocumentStore(Lake(stage.world.lake), "postings").current()["doc_id"].to_pylist()[-1])


if __name__ == "__main__":
    stage = Stage(Path(sys.argv[1]))
    for act in acts(stage):
        act()
    (stage.world.folder / "story.json").write_text(
        json.dumps({"story": stage.story, "ui": stage.seen_in_ui()}, default=str)
    )
