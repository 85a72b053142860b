"""What durations in both languages and in ISO 8601 mean in hours; the figures are worked out by hand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.durations import hours_in_prose, midpoint, parse_hours


@pytest.mark.parametrize(
    ("text", "effort", "hours"),
    [
        ("30 hours", None, 30),
        ("30 heures", None, 30),
        ("24h", None, 24),
        ("1 h 30", None, 1.5),
        ("1h30", None, 1.5),
        ("1 hour 30 minutes", None, 1.5),
        ("2 heures et 15 minutes", None, 2.25),
        ("90 minutes", None, 1.5),
        ("2,5 heures", None, 2.5),
        ("2½ hours", None, 2.5),
        ("1,500 hours", None, 1500),
        ("1 500 heures", None, 1500),
        ("between 20 and 30 hours", None, 25),
        ("entre 20 et 30 heures", None, 25),
        ("1 heure à 2 heures", None, 1.5),
        ("Twenty-four hours", None, 24),
        ("vingt-quatre heures", None, 24),
        ("20 hours online and 10 hours in class", None, 30),
        ("2 h en ligne + 3 h en classe", None, 5),
        ("45 hours (30 hours class, 15 hours lab)", None, 45),
        ("45 hours over 6 weeks", None, 45),
        ("6 sessions of 2 hours", None, 12),
        ("6 séances de 3 h", None, 18),
        ("7 Weeks", "4–6 hours per week", 35),
        ("7 semaines", "de 4 à 6 heures par semaine", 35),
        ("8 weeks (5 hours/week)", None, 40),
        ("10 semaines à raison de 3 heures par semaine", None, 30),
        ("4 h à 6 h par semaine sur 5 semaines", None, 25),
        ("a 12-week course, 4 hours weekly", None, 48),
        ("1–2 hours per day, 5 weeks", None, 37.5),  # 1.5 h on five days of five weeks
        ("3 months", "10 hours per month", 30),
        ("6 weeks, 2 days a week", None, 84),  # 12 days of 7 h
        ("3 jours", None, 21),
        ("two days", None, 14),
        ("une demi-journée", None, 3.5),
        ("une journée et demie", None, 10.5),
        ("a day and a half", None, 10.5),
        ("3 days, 6 hours per day", None, 18),
        ("2 years", None, 1500),
        ("2 ans", None, 1500),
        ("18 mois", None, 1125),
        ("10 weeks full-time", None, 250),
        ("10 semaines à temps plein", None, 250),
        ("3 ECTS", None, 75),
        ("6 crédits ECTS", None, 150),
        ("1.5 CEUs", None, 15),
        ("PT30H", None, 30),
        ("PT90M", None, 1.5),
        ("P3D", None, 21),
        ("P3DT4H", None, 25),
        ("P1Y6M", None, 1125),
        ("P10W", "4-6 hours per week", 50),
        ("P4W; PT160H", None, 160),
        # hours of something per period
        ("3 hours of class per week for 12 weeks", None, 36),
        ("3 heures de cours par semaine pendant 12 semaines", None, 36),
        ("6 weeks, 4 to 6 hours of work a week", None, 30),
        ("2 heures d'étude par semaine, 6 semaines", None, 12),
        ("2 hours of self-paced online learning per week, 6 weeks", None, 12),
        ("2 heures de travail à la maison par semaine, 6 semaines", None, 12),
        ("3 heures en classe par semaine, 10 semaines", None, 30),
        ("3 heures de cours à la semaine, 10 semaines", None, 30),
        ("3 hours of weekly classes for 12 weeks", None, 36),
        ("3 heures de cours hebdomadaires pendant 12 semaines", None, 36),
        ("une heure de cours par jour pendant 5 jours", None, 5),
        # of something, in all
        ("45 hours of class over a year", None, 45),
        ("45 heures de cours sur un an", None, 45),
        ("30 hours of training in a week", None, 30),
        ("45 hours of class one evening per week", None, 45),
        ("45 heures de cours un soir par semaine", None, 45),
        ("45 hours of instruction (3 hours of class per week for 15 weeks)", None, 45),
        # several efforts of one period
        ("10 weeks, 3 hours/week plus 2 hours of homework per week", None, 50),
        ("10 semaines, 3 h/semaine + 2 h/semaine de devoirs", None, 50),
        ("10 weeks", "3 hours of class per week and 2 hours of lab per week", 50),
        ("10 weeks, 3 hours of class per week, 2 hours of lab per week", None, 50),
        ("3 hours of class and 2 hours of homework per week for 10 weeks", None, 50),
        ("3 heures de cours et 2 heures de devoirs par semaine pendant 10 semaines", None, 50),
        ("2 heures et 30 minutes par semaine, 10 semaines", None, 25),
        # one effort said twice, and efforts that are not of one length
        ("8 weeks, 5 hours per week / 8 semaines, 5 heures par semaine", None, 40),
        ("8 weeks, 5 hours per week", "5 hours per week", 40),
        ("8 weeks, 5 hours per week, 5 heures par semaine", None, 40),
        ("5 weeks at 10 hours per week or 10 weeks at 5 hours per week", None, 50),
        ("6 hours of orientation and 3 hours per week for 10 weeks", None, 6),
        # products
        ("12 x 2 h", None, 24),
        ("12 × 2 heures", None, 24),
        ("12 x 2h30", None, 30),
        ("12 x 90 min", None, 18),
        ("12 x 2-3 h", None, 30),
        ("2 h x 12", None, 24),
        ("2 heures x 12 séances", None, 24),
        ("3 x 2 hours per week, 10 weeks", None, 60),
        ("2 hours x 5 days per week, 10 weeks", None, 100),
        ("2 h x 2 fois par semaine, 10 semaines", None, 40),
        ("15 x 3 hours (45 hours)", None, 45),
        ("2 x 3 jours", None, 42),
    ],
)
def test_hours(text: str, effort: str | None, hours: float) -> None:
    assert parse_hours(text, effort) == hours


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "self-paced",
        "à votre rythme",
        "10 weeks",
        "P10W",
        "6 mois",
        "1 an à temps partiel",
        "40 hours per week",
        "3 hours of class per week",
        "3 heures de cours par semaine",
        "3 hours of class and 2 hours of homework per week",
        "ouvert 24 heures par jour",
        "3 credits",
        "0 hours",
        "999999 hours",
        "P99999999Y",
        "PT",
        "P",
    ],
)
def test_what_says_no_effort_gives_none(text: str | None) -> None:
    assert parse_hours(text) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("For newcomers. Training lasts 18 hours over three Saturdays. Free.", 18),
        ("Formation en ligne de 6 heures, à votre rythme.", 6),
        ("Huit semaines, 5 heures par semaine, moitié en classe.", 40),
        ("Twenty-four hours on four Saturdays in the lab.", 24),
        ("A five-day bootcamp. Complete 30 hours of training.", 30),
        ("Online. 3 hours of class per week for 12 weeks.", 36),
        ("En ligne. 3 heures de cours par semaine pendant 12 semaines.", 36),
        ("6 weeks, 4 to 6 hours of work a week. Free.", 30),
        ("10 weeks, 3 hours/week plus 2 hours of homework per week.", 50),
        ("3 heures de cours et 2 heures de devoirs par semaine pendant 10 semaines.", 50),
        ("12 x 2 h. Free.", 24),
        ("Formation de 12 x 2 h, le soir.", 24),
    ],
)
def test_effort_in_a_description(text: str, hours: float) -> None:
    found = hours_in_prose(text)
    assert found is not None
    assert found[0] == hours
    assert found[1] in text


@pytest.mark.parametrize(
    "text",
    [
        "Observed during a two-hour picking run.",
        "Two years of experience in a workshop are required.",
        "Le certificat de formation est valide trois ans.",
        "The training must be completed within 48 hours.",
        "Support is there 24 hours a day during the course.",
        "The course has 3 hours of class per week.",
        "Le programme demande 3 heures de cours par semaine.",
    ],
)
def test_other_hours_in_a_description_are_not_effort(text: str) -> None:
    assert hours_in_prose(text) is None


def test_midpoint() -> None:
    assert midpoint(10, 20) == 15
    assert midpoint(None, 20) == 20
    assert midpoint(10, None) == 10
    assert midpoint(None, None) is None


@given(st.text(max_size=300), st.one_of(st.none(), st.text(max_size=60)))
def test_any_text_is_survived_and_hours_are_plausible(text: str, effort: str | None) -> None:
    hours = parse_hours(text, effort)
    assert hours is None or 0 < hours <= 20_000
    hours_in_prose(text, effort)


@pytest.mark.parametrize(
    "piece", ["1 ", "12 x ", "2 h x 2 ", "3 hours of class ", "3 hours of de de ", "3 heures d'", "a"]
)
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    start = time.process_time()
    parse_hours(piece * 20_000)
    hours_in_prose(piece * 20_000)
    assert time.process_time() - start < 2
