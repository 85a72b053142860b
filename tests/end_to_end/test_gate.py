"""What can't be right is not published: the run stops with its exit code, and the snapshot before stays readable."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.embeddings import encoder as encoder_module
from pipeline.taxonomy import Occupation, OccupationSkill, Skill, build_taxonomy, save_taxonomy

from .conftest import Copy
from .tools import SMALL, SMALL_CREDENTIALS, SMALL_POSTINGS, Ran, call_small, latest, reworded, rows, run, write_lines

SINGING = (
    ("os:coloratura", "sing coloratura passages", "chanter des passages de colorature"),
    ("os:bel-canto", "bel canto technique", "technique du bel canto"),
    ("os:libretto", "memorise an Italian libretto", "mémoriser un livret italien"),
    ("os:leitmotif", "interpret Wagnerian leitmotifs", "interpréter des leitmotivs wagnériens"),
    ("os:recitative", "recitative phrasing", "phrasé du récitatif"),
    ("os:vibrato", "control vibrato", "maîtriser le vibrato"),
)


@pytest.fixture
def published(small_lake: Path, copy: Copy) -> Path:
    """A copy of the small lake."""
    return copy(small_lake)


@pytest.fixture
def unchanged(published: Path) -> Callable[[], bool]:
    """Whether the published snapshot is the one from before, alone and readable."""
    pointer, identity = (published / "latest.json").read_bytes(), latest(published)
    first = call_small("show", "matches", "--lake", published, "--json")
    assert first.json

    def check() -> bool:
        again = call_small("show", "matches", "--lake", published, "--json")
        folders = [path.name for path in (published / "snapshots").iterdir()]
        return (
            (published / "latest.json").read_bytes() == pointer
            and folders == [identity]
            and again == Ran(0, first.out, "", again.seconds)
        )

    return check


def add_new_text(lake: Path, tmp_path: Path) -> None:
    """Postings whose sentences no cache holds, so that the encoder is asked."""
    assert call_small("ingest", "postings", write_lines(tmp_path / "new.jsonl", reworded(2)), "--lake", lake).code == 0


# --- Encoders -------------------------------------------------------------------------------------------------------


class Model:
    """Stands for a sentence-transformers model; `make` gives the vectors for a number of texts."""

    def __init__(self, make: Callable[[int], np.ndarray]) -> None:
        self._make = make

    def get_embedding_dimension(self) -> int:
        return 512

    def encode(self, texts: list[str], **_: object) -> np.ndarray:
        return self._make(len(texts)).astype(np.float32)


def constant(number: int) -> np.ndarray:
    return np.full((number, 512), 512**-0.5)


DEAD = {
    "always the same vector": (constant, "same vector to every text"),
    "no numbers": (lambda number: np.full((number, 512), np.nan), "not finite"),
    "no length": (lambda number: np.zeros((number, 512)), "no length"),
}


@pytest.mark.parametrize("kind", DEAD)
def test_a_dead_encoder(
    published: Path, unchanged: Callable[[], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    make, complaint = DEAD[kind]
    add_new_text(published, tmp_path)
    monkeypatch.setattr(encoder_module, "_load_model", lambda name: Model(make))
    assert call_small("refresh", "--lake", published).failed(4, "The encoder packaged is broken", complaint)
    assert unchanged()


def test_a_dead_encoder_on_the_first_run_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_load_model", lambda name: Model(constant))
    lake = tmp_path / "lake"
    ran = call_small("run", "--postings", SMALL_POSTINGS, "--credentials", SMALL_CREDENTIALS, "--lake", lake)
    assert ran.failed(4, "The encoder packaged is broken")
    assert not (lake / "snapshots").exists()
    assert not (lake / "latest.json").exists()
    assert not (lake / "index").exists()
    assert call_small("show", "matches", "--lake", lake).failed(6, "Nothing is published")


@pytest.mark.slow
def test_a_dead_model_in_a_folder_of_its_own(tmp_path: Path, published: Path, unchanged: Callable[[], bool]) -> None:
    """A real sentence-transformers folder, whose vectors are all alike."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    tokenizer = Tokenizer(WordLevel({"steel": 0, "other": 1}, unk_token="other"))
    module = StaticEmbedding(tokenizer, embedding_weights=np.ones((2, 32), dtype=np.float32))
    SentenceTransformer(modules=[module], device="cpu").save(str(tmp_path / "model"), create_model_card=False)
    ran = run(*SMALL, "refresh", "--lake", published, PASSERELLE_ENCODER__MODEL=str(tmp_path / "model"))
    assert ran.failed(4, "same vector to every text", str(tmp_path / "model"))
    assert unchanged()


@pytest.mark.parametrize("model", ["no-such-model", "no/such/folder", "an empty folder"])
def test_an_encoder_that_is_not_there(
    published: Path, unchanged: Callable[[], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    if model == "an empty folder":
        model = str(tmp_path / "empty")
        (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PASSERELLE_ENCODER__MODEL", model)
    assert call_small("refresh", "--lake", published).failed(4, f"The encoder {model}")
    assert unchanged()


def test_an_index_that_is_not_the_encoders_own(published: Path, unchanged: Callable[[], bool], tmp_path: Path) -> None:
    """Vectors that are whole, but of other labels: the linker does not find the taxonomy's own labels with them."""
    add_new_text(published, tmp_path)
    for path in (published / "index").rglob("*.npy"):
        sink = io.BytesIO()
        np.save(sink, np.roll(np.load(path), 999, axis=0))
        path.write_bytes(sink.getvalue() + hashlib.sha256(sink.getvalue()).digest())
    assert call_small("refresh", "--lake", published).failed(4, "taxonomy labels", "index in the lake is not its own")
    assert unchanged()


# --- Taxonomies -----------------------------------------------------------------------------------------------------


def singing(folder: Path, skills: bool = True) -> Path:
    """A saved taxonomy of skills that no posting of the sample asks for, or of none at all."""
    taxonomy = build_taxonomy(
        "singing", "1.0.0",
        skills=[
            Skill(skill_id=identity, kind="skill", reuse="sector-specific", label_en=en, label_fr=fr)
            for identity, en, fr in (SINGING if skills else ())
        ],
        occupations=[Occupation(occupation_id="os:soprano", label_en="opera soprano", label_fr="soprano d'opéra")],
        skill_relations=[],
        occupation_skills=[OccupationSkill("os:soprano", "essential", each[0]) for each in (SINGING if skills else ())],
    )  # fmt: skip
    save_taxonomy(taxonomy, folder)
    return folder


def test_a_taxonomy_in_which_nothing_links(published: Path, unchanged: Callable[[], bool], tmp_path: Path) -> None:
    ran = call_small("refresh", "--lake", published, "--taxonomy", singing(tmp_path / "singing"))
    assert ran.failed(5, "Nothing was published", "postings in which skills were found", "roles profiled")
    assert "Mend the cause and refresh again" in ran.err
    assert unchanged()


def test_an_empty_taxonomy(published: Path, unchanged: Callable[[], bool], tmp_path: Path) -> None:
    ran = call_small("refresh", "--lake", published, "--taxonomy", singing(tmp_path / "singing", skills=False))
    assert ran.failed(3, "no skills")
    assert unchanged()


def test_a_taxonomy_that_is_not_there(published: Path, unchanged: Callable[[], bool]) -> None:
    assert call_small("refresh", "--lake", published, "--taxonomy", "nowhere").failed(
        3, "There is no taxonomy 'nowhere'"
    )
    assert unchanged()


def test_a_taxonomy_that_was_changed_after_it_was_saved(
    published: Path, unchanged: Callable[[], bool], tmp_path: Path
) -> None:
    folder = singing(tmp_path / "singing")
    (folder / "skills.parquet").write_bytes((singing(tmp_path / "none", skills=False) / "skills.parquet").read_bytes())
    assert call_small("refresh", "--lake", published, "--taxonomy", folder).failed(3, "is damaged", "content")
    assert unchanged()


# --- Documents ------------------------------------------------------------------------------------------------------


def test_a_lake_without_documents(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert call_small("refresh", "--lake", lake).failed(6, "holds no postings and no credentials", "ingest")
    assert not lake.exists()


@pytest.mark.parametrize(("there", "path", "absent"), [
    ("postings", SMALL_POSTINGS, "credentials"), ("credentials", SMALL_CREDENTIALS, "postings"),
])  # fmt: skip
def test_a_lake_with_one_kind_only(small_lake: Path, copy: Copy, there: str, path: Path, absent: str) -> None:
    lake = copy(small_lake, "cache", "index")
    assert call_small("ingest", there, path, "--lake", lake).code == 0
    assert call_small("refresh", "--lake", lake).failed(6, f"holds no {absent}", "ingest")
    assert not (lake / "snapshots").exists()
    assert not (lake / "latest.json").exists()


def test_a_lake_of_broken_records_only(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "broken.jsonl"
    path.write_text("{\n[\n", encoding="utf-8")
    for kind in ("postings", "credentials"):
        assert call_small("ingest", kind, path, "--lake", lake).code == 0
    why = f"4 records are in quarantine. `passerelle quarantine --lake {lake}` says why"
    assert call_small("refresh", "--lake", lake).failed(6, "holds no postings and no credentials", why)


@pytest.mark.parametrize("new", [0, 1])
def test_a_feed_that_breaks(published: Path, unchanged: Callable[[], bool], tmp_path: Path, new: int) -> None:
    """All that comes is broken: whether or not any document is new, the refresh must not end as if all were well."""
    path = write_lines(tmp_path / "board.jsonl", reworded(new))
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{{broken {number}\n" for number in range(60))
    assert call_small("ingest", "postings", path, "--lake", published).code == 0
    assert call_small("refresh", "--lake", published).failed(5, "quarantined records", "at most 50%")
    assert unchanged()


def test_postings_without_a_date_need_one_in_the_settings(
    small_lake: Path, copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = copy(small_lake, "cache", "index")
    undated = [{key: value for key, value in record.items() if key != "posted_on"} for record in reworded(2)]
    path = write_lines(tmp_path / "undated.jsonl", undated)
    ran = call_small("run", "--postings", path, "--credentials", SMALL_CREDENTIALS, "--lake", lake)
    assert ran.failed(2, "No posting has a date", "as_of")
    monkeypatch.setenv("PASSERELLE_PROFILE__AS_OF", "2026-09-30")
    assert call_small("refresh", "--lake", lake).code in (0, 5)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [("MIN_LINKS_PER_POSTING", "99", "skills found per posting"), ("MAX_QUARANTINED", "0", "quarantined records")],
)
def test_the_thresholds_of_the_settings_hold(
    published: Path,
    unchanged: Callable[[], bool],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    complaint: str,
) -> None:
    monkeypatch.setenv(f"PASSERELLE_GATE__{name}", value)
    assert call_small("refresh", "--lake", published).failed(5, complaint)
    assert unchanged()


def test_what_was_held_back_is_published_once_the_cause_is_mended(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = latest(published)
    add_new_text(published, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(encoder_module, "_load_model", lambda name: Model(constant))
        assert call_small("refresh", "--lake", published).code == 4
    assert call_small("refresh", "--lake", published).code == 0
    assert latest(published) != before
    assert rows(published, "SELECT count(*) AS n FROM postings WHERE posting_id LIKE 'new:%'") == [{"n": 2}]


# --- What was received is told, whatever becomes of it ----------------------------------------------------------------


def test_a_run_that_cannot_publish_tells_what_it_received_first(tmp_path: Path) -> None:
    broken = tmp_path / "jobs.xlsx"
    broken.write_bytes(b"PK\x03\x04 a workbook")
    ran = call_small("run", "--postings", broken, "--lake", tmp_path / "lake")
    assert ran.failed(6, "no postings")
    assert "postings: 1 received = 0 accepted" in ran.out
    assert "passerelle quarantine --kind postings" in ran.out


def test_what_is_withdrawn_is_told(published: Path, tmp_path: Path) -> None:
    posting = rows(published, "SELECT posting_id FROM postings ORDER BY posting_id LIMIT 1")[0]["posting_id"]
    gone = tmp_path / "gone.withdrawn"
    gone.write_text(f"{posting}\n", encoding="utf-8")
    ran = call_small("ingest", "postings", gone, "--lake", published)
    assert ran.code == 0
    assert "1 received = 1 accepted (0 new, 0 changed, 0 unchanged, 1 withdrawn) + 0 duplicates" in ran.out
