"""Delivery modes by code and by word, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.delivery import delivery_in_prose, delivery_of_codes, delivery_of_text


@pytest.mark.parametrize(
    ("codes", "mode"),
    [
        (["deliveryType:OnlineOnly"], "online"),
        (["deliveryType:InPerson"], "in_person"),
        (["https://credreg.net/ctdl/terms/BlendedDelivery"], "blended"),
        (["deliveryType:VariableSite"], None),
        (["deliveryType:InPerson", "deliveryType:OnlineOnly"], None),  # either: the learner chooses
        (["http://data.europa.eu/snb/learning-assessment/920fbb3cbe"], "online"),
        (["http://data.europa.eu/snb/learning-assessment/9191af2ed9"], "in_person"),
        (["http://data.europa.eu/snb/learning-assessment/e92d221e4d"], "blended"),
        (["onsite"], "in_person"),
        ([], None),
        ([""], None),
    ],
)
def test_codes(codes: list[str], mode: str | None) -> None:
    assert delivery_of_codes(codes) == mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("Online", "online"),
        ("en ligne", "online"),
        ("100 % à distance", "online"),
        ("formation à distance (FOAD)", "online"),
        ("in person", "in_person"),
        ("in_person", "in_person"),
        ("En présentiel", "in_person"),
        ("En présence", "in_person"),
        ("en présence et à distance", "blended"),
        ("En présence ou à distance", None),
        ("Classe virtuelle en présence d'un tuteur", "online"),
        ("distance", "online"),
        ("à distance", "online"),
        ("Présentiel / Distance", "blended"),
        ("within walking distance of downtown", None),
        ("face-to-face, not online", "in_person"),
        ("Sur le campus", "in_person"),
        ("Hybride", "blended"),
        ("Blended learning", "blended"),
        ("online and in person", "blended"),
        ("en classe et en ligne", "blended"),
        ("en présentiel ou à distance", None),
        ("online or on campus", None),
        ("Self-paced", None),
        ("", None),
        (None, None),
    ],
)
def test_words(text: str | None, mode: str | None) -> None:
    assert delivery_of_text(text) == mode


def test_the_mode_in_a_description_keeps_its_sentence() -> None:
    text = "For adults. Huit semaines, moitié en classe, moitié en ligne. Gratuit."
    assert delivery_in_prose(text) == ("blended", "Huit semaines, moitié en classe, moitié en ligne.")
    assert delivery_in_prose("Cours offert en présence.") == ("in_person", "Cours offert en présence.")
    assert delivery_in_prose("Cours offert à distance.") == ("online", "Cours offert à distance.")
    assert delivery_in_prose("Live online sessions and pair programming.") == (
        "online",
        "Live online sessions and pair programming.",
    )


@pytest.mark.parametrize("text", ["Learn online marketing.", "Sit an online exam.", "Vendre en ligne.", None])
def test_what_is_learned_is_not_how(text: str | None) -> None:
    assert delivery_in_prose(text) is None


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    delivery_of_text(text)
    delivery_of_codes([text])
    delivery_in_prose(text)
