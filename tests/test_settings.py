"""Settings: which source wins, and errors that name the key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.errors import SettingsError
from pipeline.settings import LINK_CACHE_FLOOR, Settings, load_settings

WriteToml = Callable[[str], Path]


def load_rates() -> dict[str, float]:
    """The exchange rates of the default file."""
    text = (Path(__file__).parents[1] / "configs" / "default.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["demand"]["rates"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch):
    """No setting comes from the environment that the tests run in."""
    for name in os.environ:
        if name.startswith("PASSERELLE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def toml(tmp_path: Path) -> WriteToml:
    """Writes a settings file."""

    def write(text: str) -> Path:
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# --- Sources --------------------------------------------------------------------------------------------------------


def test_the_defaults_load_and_are_the_file(root: Path):
    settings = load_settings()
    default = tomllib.loads((root / "configs" / "default.toml").read_text(encoding="utf-8"))
    loaded = settings.model_dump(mode="json")
    for section, values in default.items():
        for key, value in values.items():
            assert loaded[section][key] == value, f"{section}.{key}"
    assert set(loaded) == set(default)


def test_every_setting_is_explained_in_the_default_file(root: Path):
    """One line a key, so that the file is the reference."""
    default = tomllib.loads((root / "configs" / "default.toml").read_text(encoding="utf-8"))
    for section, values in load_settings().model_dump().items():
        assert set(values) == set(default[section])


def test_a_file_overrides_only_what_it_names(toml: WriteToml):
    settings = load_settings(toml("[linking]\ncandidates = 3\n[demand.rates]\nCHF = 1.5\n"))
    assert settings.linking.candidates == 3
    assert settings.linking.max_unit_characters == load_settings().linking.max_unit_characters
    assert settings.demand.rates == load_settings().demand.rates | {"CHF": 1.5}


def test_an_empty_file_changes_nothing(toml: WriteToml):
    assert load_settings(toml("")) == load_settings()


def test_the_file_may_be_named_by_a_variable(toml: WriteToml, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PASSERELLE_SETTINGS", str(toml("[linking]\ncandidates = 3\n")))
    assert load_settings().linking.candidates == 3
    other = tmp_path / "other.toml"
    other.write_text("[linking]\ncandidates = 4\n")
    assert load_settings(other).linking.candidates == 4, "a file that is given wins over the variable"
    monkeypatch.setenv("PASSERELLE_SETTINGS", "")
    assert load_settings() == load_settings(toml(""))


def test_the_environment_wins_over_the_file_and_overrides_over_both(toml: WriteToml, monkeypatch):
    path = toml("[linking]\ncandidates = 3\nmin_confidence = 0.7\n")
    monkeypatch.setenv("PASSERELLE_LINKING__CANDIDATES", "5")
    settings = load_settings(path)
    assert (settings.linking.candidates, settings.linking.min_confidence) == (5, 0.7)
    settings = load_settings(path, {"linking": {"candidates": 9}})
    assert (settings.linking.candidates, settings.linking.min_confidence) == (9, 0.7)
    assert load_settings(path, {"encoder": {"model": "minilm"}}).linking.candidates == 5
    assert load_settings(path, {}) == load_settings(path, None) == load_settings(path)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PASSERELLE_LINKING__MIN_CONFIDENCE", "0.6", lambda s: s.linking.min_confidence == 0.6),
        ("PASSERELLE_ENCODER__MODEL", "minilm", lambda s: s.encoder.model == "minilm"),
        ("PASSERELLE_TAXONOMY__HOME", "/x", lambda s: s.taxonomy.home == Path("/x")),
        ("PASSERELLE_PROFILE__AS_OF", "2024-02-29", lambda s: s.profile.as_of == "2024-02-29"),
        ("PASSERELLE_DEMAND__WEIGHTS__WAGE", "0.5", lambda s: s.demand.weights.wage == 0.5),
        ("PASSERELLE_DEMAND__RATES__USD", "1.4", lambda s: s.demand.rates == load_rates() | {"USD": 1.4}),
        ("PASSERELLE_DEMAND__RATES", '{"USD": 1.4}', lambda s: s.demand.rates == load_rates() | {"USD": 1.4}),
        ("PASSERELLE_LINKING", '{"candidates": 7}', lambda s: s.linking.candidates == 7),
        ("passerelle_linking__candidates", "7", lambda s: s.linking.candidates == 7),
    ],
)
def test_variables_set_single_settings(monkeypatch, name: str, value: str, read: Callable[[Settings], bool]):
    monkeypatch.setenv(name, value)
    assert read(load_settings())


def test_variables_that_say_where_things_are_are_no_settings(monkeypatch):
    expected = load_settings()
    monkeypatch.setenv("PASSERELLE_LAKE", "/x")
    monkeypatch.setenv("PASSERELLE_SHARED_DATA", "/y")
    assert load_settings() == expected


def test_settings_cannot_be_changed_afterwards():
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.linking.candidates = 3
    with pytest.raises(ValidationError):
        settings.linking = None


# --- Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[linking]\ncandidats = 3\n", "linking.candidats"),
        ("[liking]\ncandidates = 3\n", "liking"),
        ("linking = 3\n", "linking"),
        ("[linking]\ncandidates = 'many'\n", "linking.candidates"),
        ("[linking]\ncandidates = 1.5\n", "linking.candidates"),
        ("[linking]\ncandidates = 0\n", "linking.candidates"),
        ("[linking]\ncandidates = [1]\n", "linking.candidates"),
        ("[linking]\nmin_confidence = 1.01\n", "linking.min_confidence"),
        ("[linking]\nmin_confidence = -0.01\n", "linking.min_confidence"),
        ("[linking]\nmin_confidence = nan\n", "linking.min_confidence"),
        ("[profile]\nhalf_life_days = 0\n", "profile.half_life_days"),
        ("[profile]\nas_of = '2024-13-01'\n", "profile.as_of"),
        ("[profile]\nas_of = 'yesterday'\n", "profile.as_of"),
        ("[demand]\ncurrency = 'dollars'\n", "demand.currency"),
        ("[demand.rates]\nUSD = 0\n", "demand.rates.USD"),
        ("[demand.weights]\nwages = 1\n", "demand.weights.wages"),
        ("[matching]\ndraws = 3\n", "matching.draws"),
        ("[matching]\ninterval = 1.0\n", "matching.interval"),
        ("[encoder]\nmodel = 3\n", "encoder.model"),
        ("[encoder]\nmodel = ''\n", "encoder.model"),
        ("[encoder]\nmodel = ' '\n", "encoder.model"),
        ("[taxonomy]\nname = ''\n", "taxonomy.name"),
        ("[linking]\nmin_confidence = 0.079\n", "linking.min_confidence"),
        ("[profile]\nhalf_life_days = inf\n", "profile.half_life_days"),
        ("[profile]\nprior_postings = inf\n", "profile.prior_postings"),
        ("[profile]\nwindow_days = 179\n", "profile.window_days"),
        ("[profile]\nclosed_days = 179\n", "profile.closed_days"),
        ("[demand]\nwindow_days = 183\n", "profile.window_days"),
        ("[demand]\ncurrency = 'CHF'\n", "demand.currency"),
        ("[demand]\ncurrency = 'USD'\n", "demand.currency"),
        ("[demand.rates]\ndollars = 1\n", "demand.rates.DOLLARS.[key]"),
        ("[demand]\nrates = 3\n", "demand.rates"),
        ("[suppression]\nmin_postings = 0\n", "suppression.min_postings"),
        ("[official]\nmax_weight_ratio = 0.5\n", "official.max_weight_ratio"),
        ("[official]\nwage = 'x.csv'\n", "official.wage"),
        ("[value]\nopen_share = 1.5\n", "value.open_share"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_the_file(toml: WriteToml, text: str, key: str):
    path = toml(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert f"{key}:" in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_every_wrong_key_is_named_at_once(toml: WriteToml):
    with pytest.raises(SettingsError) as caught:
        load_settings(toml("[linking]\ncandidates = 0\n[gate]\nmax_quarantined = 2\n"))
    assert "linking.candidates" in str(caught.value)
    assert "gate.max_quarantined" in str(caught.value)


def test_a_missing_file_is_an_error_that_names_it(monkeypatch, tmp_path: Path):
    path = tmp_path / "none.toml"
    with pytest.raises(SettingsError, match="does not exist") as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    monkeypatch.setenv("PASSERELLE_SETTINGS", str(path))
    with pytest.raises(SettingsError, match="PASSERELLE_SETTINGS"):
        load_settings()


@pytest.mark.parametrize("content", [b"[linking\n", b"\xff\xfe", b"a = \n", b"[a]\n[a]\n"])
def test_a_file_that_is_not_toml_is_an_error_that_names_it(tmp_path: Path, content: bytes):
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="not valid TOML") as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_a_folder_in_place_of_a_file_is_an_error_that_names_it(tmp_path: Path):
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(monkeypatch, toml: WriteToml):
    path, real = toml(""), Path.read_text

    def refuse(self: Path, *arguments: str, **options: str) -> str:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError, match="Permission denied") as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path):
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xef\xbb\xbf[linking]\r\ncandidates = 3\r\n")
    assert load_settings(path).linking.candidates == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[linking]\nmin_confidence = 0.05\n", ["0.08", "0.05"]),
        ("[demand]\ncurrency = 'CHF'\n", ["CHF", "demand.rates", "CAD, EUR, GBP, USD"]),
        ("[demand]\ncurrency = 'USD'\n", ["demand.rates.USD", "1.37", "1.0"]),
        ("[profile]\nwindow_days = 100\n", ["100", "180", "demand.window_days (90)"]),
    ],
)
def test_settings_that_contradict_each_other_are_errors_that_say_why(toml: WriteToml, text: str, said: list[str]):
    with pytest.raises(SettingsError) as caught:
        load_settings(toml(text))
    assert [words for words in said if words not in str(caught.value)] == []
    assert "Value error" not in str(caught.value)


def test_settings_that_fit_each_other_are_none(toml: WriteToml):
    assert load_settings(toml(f"[linking]\nmin_confidence = {LINK_CACHE_FLOOR}\n[profile]\nwindow_days = 180\n"))
    swiss = load_settings(toml("[demand]\ncurrency = 'CHF'\n[demand.rates]\nCHF = 1\nCAD = 0.6\n"))
    assert swiss.demand.rates["CHF"] == 1.0


def test_every_example_loads(root: Path):
    examples = sorted((root / "configs" / "examples").glob("*.toml"))
    assert examples
    for path in examples:
        assert load_settings(path) != load_settings()


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("passerelle_linkin__candidates", "3", "passerelle_linkin__candidates"),
        ("PASSERELLE_LINKIN__CANDIDATES", "3", "PASSERELLE_LINKIN__CANDIDATES"),
        ("PASSERELLE_CANDIDATES", "3", "PASSERELLE_CANDIDATES"),
        ("PASSERELLE_", "3", "PASSERELLE_"),
        ("PASSERELLE_LINKING__CANDIDATS", "3", "linking.candidats"),
        ("PASSERELLE_LINKING__CANDIDATES", "many", "linking.candidates"),
        ("PASSERELLE_LINKING__CANDIDATES", "", "linking.candidates"),
        ("PASSERELLE_LINKING", "3", "linking"),
        ("PASSERELLE_LINKING", "candidates=3", "linking"),
        ("PASSERELLE_LINKING", "candidates=3", "PASSERELLE_LINKING"),
        ("PASSERELLE_LINKING", "[3]", "PASSERELLE_LINKING"),
        ("passerelle_linking", "candidates=3", "passerelle_linking"),
        ("PASSERELLE_DEMAND__RATES", "USD=1.4", "demand"),
        ("PASSERELLE_DEMAND__RATES", "USD=1.4", "PASSERELLE_DEMAND__RATES"),
        ("PASSERELLE_DEMAND__WEIGHTS", "", "PASSERELLE_DEMAND__WEIGHTS"),
        ("PASSERELLE_DEMAND__RATES__USD", "0", "demand.rates.USD"),
        ("PASSERELLE_LINKING__CANDIDATES__X", "3", "linking.candidates"),
    ],
)
def test_a_variable_that_is_wrong_is_named(monkeypatch, name: str, value: str, named: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"linking": {"candidates": "many"}}, "linking.candidates"),
        ({"linking": {"candidats": 3}}, "linking.candidats"),
        ({"linking": {"min_confidence": 7}}, "linking.min_confidence"),
        ({"liking": {"candidates": 3}}, "liking"),
        ({"demand": {"window_days": 300}}, "demand.window_days"),
    ],
)
def test_an_override_that_is_wrong_is_named(overrides: dict[str, dict[str, object]], named: str):
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides=overrides)
    assert named in str(caught.value)


# --- Fingerprint ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "overrides",
    [
        {"encoder": {"batch_size": 1}},
        {"taxonomy": {"home": "/elsewhere"}},
        {"taxonomy": {"name": "copy"}},  # what a taxonomy says is fingerprinted by itself
        {"linking": {"checkpoint_units": 7}},
        {"official": {"wages": "x.csv", "wages_mapping": "y"}},  # what the files say is hashed by itself
        {"official": {"outlooks": "x.csv", "outlooks_mapping": "y"}},
        {"official": {"vacancies": "x.csv", "vacancies_mapping": "y"}},
    ],
)
def test_what_cannot_change_a_number_is_not_in_the_fingerprint(overrides: dict[str, dict[str, object]]):
    changed = load_settings(overrides=overrides)
    assert changed != load_settings()
    assert changed.fingerprint() == load_settings().fingerprint()


@pytest.mark.parametrize(
    "overrides",
    [
        {"encoder": {"model": "minilm"}},
        {"encoder": {"prompt": "query: "}},
        {"ingest": {"duplicate_days": 7}},
        {"linking": {"candidates": 7}},
        {"linking": {"min_confidence": 0.77}},
        {"linking": {"max_unit_characters": 77}},
        {"profile": {"as_of": "2024-01-01"}},
        {"demand": {"rates": {"USD": 1.38}}},
        {"demand": {"weights": {"wage": 0.77}}},
        {"matching": {"draws": 77}},
        {"suppression": {"min_postings": 7}},
        {"official": {"max_weight_ratio": 7.0}},
        {"value": {"min_coverage": 0.77}},
        {"value": {"open_share": 0.77}},
        {"gate": {"max_quarantined": 0.77}},
    ],
)
def test_what_can_change_a_number_is_in_the_fingerprint(overrides: dict[str, dict[str, object]]):
    assert load_settings(overrides=overrides).fingerprint() != load_settings().fingerprint()


def test_the_fingerprint_does_not_depend_on_where_a_value_came_from(toml: WriteToml, monkeypatch):
    expected = load_settings(overrides={"linking": {"candidates": 7}}).fingerprint()
    assert load_settings(toml("[linking]\ncandidates = 7\n")).fingerprint() == expected
    monkeypatch.setenv("PASSERELLE_LINKING__CANDIDATES", "7")
    assert load_settings().fingerprint() == expected
    assert len(expected) == 64
