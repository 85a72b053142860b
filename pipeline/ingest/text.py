"""Plain text from whatever a source sends, and the language that it is in.

Text in, text out. Every function accepts any string and raises nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.ingest.identifier import QuickIdentifier, load_identifier
from pipeline.ingest.iso import iso_table
from pipeline.ingest.records import Language
from pipeline.lake import Lake

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "td", "th", "tt", "u", "var",
})  # fmt: skip
_DROPPED = frozenset({"head", "iframe", "noscript", "object", "script", "style", "svg", "template", "title"})
_TAG_NAMES = "|".join(sorted((_BLOCKS | _INLINE | _DROPPED | {"br"}), key=len, reverse=True))
_TAG = re.compile(rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LINE_TAG = re.compile(rf"</?(?:br|{'|'.join(sorted(_BLOCKS, key=len, reverse=True))})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ESCAPED_TAG = re.compile(rf"&(?:amp;)*lt;/?(?:{_TAG_NAMES})(?:\s|/|&(?:amp;)*gt;)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ANY_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,40})[^<>]*>?")
# Elements that are empty or that the next one of their kind closes: they do not nest, closed or not.
_SHALLOW = frozenset({
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "source", "td", "th", "tr", "wbr",
})  # fmt: skip
_MAX_TREE = 2_000_000  # tags times depth beyond which a tree would cost too much (see _too_deep)
_SHORT = 60  # characters of a value whose plain text is remembered
_MAX_ESCAPES = 3  # how many times over a source may have escaped its HTML

# Characters that carry no text: zero-width, bidirectional and other format controls, variation selectors, tags,
# surrogates, non-characters. They break words apart or hide them, and some are used to deceive readers.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff]"
)
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010ffff]")
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n{3,}")
# Whatever cleaning might change; most text has none of it.
_UNCLEAN = re.compile(
    "[^\n\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac]|  | \n|\n |\n\n\n"
)


def _repairs() -> dict[int, str]:
    """What to put for the characters that stand for another one.

    Bytes of Windows-1252 that were read as Latin-1 (0x92 for an apostrophe), and the bullets of the Symbol and
    Wingdings fonts, which word processors leave in the private use area.
    """
    table = {code: bytes([code]).decode("cp1252", errors="ignore") or " " for code in range(0x80, 0xA0)}
    return table | dict.fromkeys((0xF0B7, 0xF0A7, 0xF0D8, 0xF0FC, 0xF076, 0xF0A8, 0xF02D), "\u2022")


_REPAIRS = _repairs()


class _Lines:
    """Collects the text of an HTML tree line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._current: list[str] = []
        self._bullet = False

    def add(self, text: str) -> None:
        self._current.append(text)

    def end(self) -> None:
        """Ends the line; a bullet that has no text yet waits for it."""
        text = " ".join("".join(self._current).split())
        self._current.clear()
        if text:
            self.lines.append(f"- {text}" if self._bullet else text)
            self._bullet = False

    def item(self) -> None:
        self.end()
        self._bullet = True

    def end_item(self) -> None:
        self.end()
        self._bullet = False


def _enter(node: LexborNode, lines: _Lines, preformatted: bool) -> bool:
    """Takes in one node; returns whether its children are to be visited."""
    tag = node.tag or ""
    if tag == "-text":
        text = node.text_content or ""
        pieces = text.split("\n") if preformatted else [text]
        for number, piece in enumerate(pieces):
            if number:
                lines.end()
            lines.add(piece)
        return False
    if tag in _DROPPED:
        return False
    if tag == "li":
        lines.item()
    elif tag in _BLOCKS or tag == "br":
        lines.end()
    elif tag in ("td", "th"):
        lines.add(" ")
    return True


def _leave(tag: str, lines: _Lines) -> None:
    if tag == "li":
        lines.end_item()
    elif tag in _BLOCKS:
        lines.end()


def _too_deep(markup: str) -> bool:
    """Whether parsing into a tree might take far more time or memory than the text is worth.

    By the HTML standard, each tag may look at all the open elements above it, and each paragraph reopens all the
    unclosed formatting above it: the cost is up to the number of tags times their depth.
    """
    tags = markup.count("<")
    if tags * tags <= _MAX_TREE:
        return False
    depth = deepest = 0
    for tag in _ANY_TAG.finditer(markup):
        if tag[2].lower() not in _SHALLOW:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return tags * deepest > _MAX_TREE


def _strip_tags(markup: str) -> str:
    """The text between the tags, without a tree: for mark-up so deep that no person wrote it."""
    text = _ANY_TAG.sub(lambda tag: " " if tag[2].lower() in _INLINE else "\n", markup)
    return "\n".join(filter(None, (" ".join(line.split()) for line in html.unescape(text).split("\n"))))


def html_to_text(markup: str) -> str:
    """The text of an HTML fragment or page, in any language.

    Block elements and list items become lines, list items start with "- ", scripts and styles are dropped, entities are
    decoded. HTML that was escaped once more (as Greenhouse sends it) is unescaped first. Never raises.

    Args:
        markup: HTML, well-formed or not.

    Returns:
        The lines joined by newlines, without blank ones; an empty string where there is no text.
    """
    for _ in range(_MAX_ESCAPES):
        if _TAG.search(markup) or not _ESCAPED_TAG.search(markup):
            break
        markup = html.unescape(markup)
    markup = _INVISIBLE.sub("", markup).replace("\x00", " ")
    if _too_deep(markup):
        return _strip_tags(markup)
    root = LexborHTMLParser(markup).root
    if root is None:
        return ""
    lines = _Lines()
    pending: list[tuple[LexborNode | None, str, bool]] = [(root, "", False)]  # a node to enter, or a tag to leave
    while pending:
        node, left_tag, preformatted = pending.pop()
        if node is None:
            _leave(left_tag, lines)
            continue
        if not _enter(node, lines, preformatted):
            continue
        tag = node.tag or ""
        pending.append((None, tag, False))
        preformatted = preformatted or tag == "pre"
        children = list(node.iter(include_text=True))
        pending.extend((child, "", preformatted) for child in reversed(children))
    lines.end()
    return "\n".join(lines.lines)


def clean_text(text: str) -> str:
    """Text in one canonical form: the same words always give the same characters.

    Unicode NFC; every kind of space becomes a plain one and runs of them one; zero-width, bidirectional, control,
    private-use, surrogate and NUL characters go; line ends become newlines, lines are stripped and runs of blank lines
    become one. Bullets, punctuation and case stay. Idempotent, and never raises.
    """
    if not _UNCLEAN.search(text):
        return text.strip("\n ")
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = _NOT_TEXT.sub(" ", text.translate(_REPAIRS))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip("\n ")


def plain_text(value: str) -> str:
    """Clean plain text from a value that may be HTML, escaped HTML, text with entities, or plain text already.

    A value is HTML when it holds a tag that HTML knows; "a < b" and "R&D" stay as they are.
    Line ends survive where the only mark-up is inside lines, as in plain text with a few bold words.
    """
    return _remembered_plain(value) if len(value) <= _SHORT else _plain_text(value)


def _plain_text(value: str) -> str:
    if "<" not in value and "&" not in value:
        return clean_text(value)
    if _TAG.search(value) or _ESCAPED_TAG.search(value):
        if "\n" in value and not _LINE_TAG.search(value) and not _ESCAPED_TAG.search(value):
            value = value.replace("\n", "<br>")
        value = html_to_text(value)
    elif _ENTITY.search(value):
        value = _ENTITY.sub(lambda entity: html.unescape(entity.group()), value)
    return clean_text(value)


# Codes, names of places, units and the like: a source says the same few again and again.
_remembered_plain = lru_cache(maxsize=16_384)(_plain_text)


_PLAIN = str.maketrans({
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u0153": "oe", "\u00e6": "ae",
})  # fmt: skip


def folded(text: str) -> str:
    """Text to be matched, not shown: lower case, no accents, plain spaces, dashes and apostrophes, on one line."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_PLAIN))
        text = "".join(filterfalse(unicodedata.combining, text))
    return " ".join(text.split())


# --- Language -------------------------------------------------------------------------------------------------------

_CANDIDATES = ("en", "fr", "es", "pt", "it", "de", "nl")
_SAMPLE = 1500  # characters that are looked at: enough to be sure, little enough to be quick
_ENOUGH = 20  # letters below which nothing is told
_LONG = 150  # letters from which a text may contradict what was declared
_CONFIDENT = 0.75
_CONTRADICTS = 0.97

# Names of languages in themselves and in French that pycountry, which has English names, does not know.
_LANGUAGE_NAMES = {
    "anglais": "en", "francais": "fr", "français": "fr", "espagnol": "es", "español": "es", "castellano": "es",
    "allemand": "de", "deutsch": "de", "italien": "it", "italiano": "it", "portugais": "pt", "português": "pt",
    "neerlandais": "nl", "néerlandais": "nl", "nederlands": "nl", "中文": "zh", "日本語": "ja", "한국어": "ko",
    "русский": "ru", "العربية": "ar", "اللغة العربية": "ar", "arabe": "ar", "chinois": "zh", "mandarin": "zh",
}  # fmt: skip

# First and last code point of the scripts that give a language away, in the order in which they are asked.
_SCRIPTS = (
    ("ja", 0x3040, 0x30FF), ("ko", 0xAC00, 0xD7AF), ("ko", 0x1100, 0x11FF), ("zh", 0x4E00, 0x9FFF),
    ("ru", 0x0400, 0x04FF), ("el", 0x0370, 0x03FF), ("he", 0x0590, 0x05FF), ("ar", 0x0600, 0x06FF),
    ("hi", 0x0900, 0x097F), ("bn", 0x0980, 0x09FF), ("pa", 0x0A00, 0x0A7F), ("ta", 0x0B80, 0x0BFF),
    ("th", 0x0E00, 0x0E7F), ("ka", 0x10A0, 0x10FF), ("hy", 0x0530, 0x058F),
)  # fmt: skip
_NOT_LATIN = re.compile("[\u0370-\U0010ffff]")


@dataclass
class _Keeper:
    """The lake that keeps the model of languages unpacked, if one does."""

    lake: Lake | None = None


_KEEPER = _Keeper()


def keep_language_model(lake: Lake) -> None:
    """Lets a lake keep the model by which languages are told, which takes long to unpack, for the processes to come."""
    _KEEPER.lake = lake


@lru_cache(maxsize=1)
def _identifier() -> QuickIdentifier:
    return load_identifier(_CANDIDATES, _KEEPER.lake)


@lru_cache(maxsize=256)
def _classified(sample: str) -> tuple[str, float]:
    """The likeliest language and how sure that is; a posting's text is asked about as a whole and as a part of it."""
    language, confidence = _identifier().classify(sample)
    return language, confidence


@lru_cache(maxsize=1)
def _languages() -> tuple[dict[str, str | None], dict[str, str | None]]:
    """The ISO 639-1 code of each language, None where it has none: by its ISO codes and by its English name."""
    known = iso_table("639-3")
    kinds = ("bibliographic", "alpha_3", "alpha_2")
    codes = {entry[kind]: entry.get("alpha_2") for kind in kinds for entry in known if kind in entry}
    return codes, {entry["name"].lower(): entry.get("alpha_2") for entry in known}


def _registered(name: str) -> str | None:
    """The ISO 639-1 code of a two-letter code, three-letter code or English name, in lower case."""
    codes, names = _languages()
    return codes.get(name) if len(name) in (2, 3) else names.get(name)


@lru_cache(maxsize=1024)
def language_code(declared: str) -> str | None:
    """The ISO 639-1 code of a language tag or name ('fr-CA', 'FRA', 'French', 'français'); None for anything else."""
    name = clean_text(declared).casefold()
    first = re.split(r"[-_ (,;/]", name, maxsplit=1)[0]
    for key in (name, first):
        code = _LANGUAGE_NAMES.get(key) or _registered(key)
        if code:
            return code
    return None


def supported_language(code: str | None) -> Language | None:
    """The code if it is one of the languages that are read, else None."""
    return "en" if code == "en" else "fr" if code == "fr" else None


def _by_script(letters: str) -> str | None:
    """The language that most letters' script gives away; None for Latin."""
    if not _NOT_LATIN.search(letters):
        return None
    counts: dict[str, int] = {}
    for letter in letters:
        code = ord(letter)
        if code >= 0x0370:
            language = next((name for name, first, last in _SCRIPTS if first <= code <= last), None)
            if language:
                counts[language] = counts.get(language, 0) + 1
    if sum(counts.values()) * 2 <= len(letters):
        return None
    if counts.get("ja", 0) * 10 > sum(counts.values()):  # Japanese is written with Han characters among the kana
        return "ja"
    return max(sorted(counts), key=lambda language: counts[language])


def detect_language(text: str, declared: str | None = None) -> str | None:
    """The language of a text.

    Args:
        text: plain text; its first 1,500 characters decide.
        declared: what the source says it is, in any form (`fr-CA`, `French`, `français`). It is believed for a text of
            fewer than 150 letters, and for a longer one that does not clearly contradict it.

    Returns:
        An ISO 639-1 code, or None where there is too little to tell.
    """
    stated = language_code(declared) if declared else None
    sample = text[:_SAMPLE]
    letters = "".join(filter(str.isalpha, sample))
    if len(letters) < _ENOUGH or (stated and len(letters) < _LONG):
        return stated or (_by_script(letters) if len(letters) >= 4 else None)
    scripted = _by_script(letters)
    if scripted:
        return scripted
    found, confidence = _classified(sample)
    if stated:
        return found if confidence >= _CONTRADICTS else stated
    return found if confidence >= _CONFIDENT else None


# Words that are frequent in one of the two languages and do not exist in the other.
_FREQUENT: dict[Language, frozenset[str]] = {
    "en": frozenset({"the", "and", "of", "to", "with", "for", "you", "your", "our", "will", "is", "are", "this", "be"}),
    "fr": frozenset(
        {"le", "la", "les", "des", "et", "du", "de", "pour", "vous", "votre", "dans", "une", "est", "nous"}
    ),
}
_WORD = re.compile(r"[^\W\d_]+")
_MANY = 8  # frequent words of a language from which a text may be partly in it
_TELLING_LINE = 25  # letters from which a line is asked for its language


def split_languages(text: str) -> dict[Language, str]:
    """The English and the French lines of a text that is written in both, as bilingual postings often are.

    Lines too short to tell go with the line before them.

    Args:
        text: plain text.

    Returns:
        Language to its lines, in the text's order; empty where the text is not clearly in both languages.
    """
    words = _WORD.findall(text.casefold())
    counts = [sum(map(frequent.__contains__, words)) for frequent in _FREQUENT.values()]
    if min(counts) < _MANY or min(counts) * 5 < max(counts):
        return {}
    lines: dict[Language, list[str]] = {"en": [], "fr": []}
    current: Language | None = None
    waiting: list[str] = []
    for line in text.split("\n"):
        telling = sum(map(str.isalpha, line)) >= _TELLING_LINE
        current = (supported_language(detect_language(line)) if telling else None) or current
        if current is None:
            waiting.append(line)
        else:
            lines[current] += [*waiting, line]
            waiting = []
    texts = {language: "\n".join(said).strip() for language, said in lines.items()}
    return texts if all(texts.values()) else {}
