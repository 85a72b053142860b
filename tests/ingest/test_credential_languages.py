"""Which language a credential's texts are in, and what is left out."""

from __future__ import annotations

from pipeline.ingest.drafts import Draft, Position, finish, stated
from pipeline.ingest.nodes import Said
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Rejected

ENGLISH = "Learners plan a small project, keep its budget and report on it to the people who pay for it."
FRENCH = "La personne apprenante planifie un petit projet, en tient le budget et en rend compte aux payeurs."
SPANISH = "La persona que aprende planifica un pequeño proyecto, lleva el presupuesto y rinde cuentas de él."


def finished(draft: Draft, default: str | None = None) -> Credential | Rejected:
    draft.source_id = "1"
    return finish(draft, Position("s", "f.json", "$", {}), ReadContext("credentials", "s", default_language=default))


def languages(record: Credential | Rejected) -> list[tuple[str, str]]:
    assert isinstance(record, Credential), record
    return [(part.name, part.language) for part in record.parts]


def test_undeclared_texts_are_detected_each_by_itself() -> None:
    draft = Draft(titles=[Said("Projets")], parts=[("description", Said(FRENCH)), ("outcome", Said(ENGLISH))])
    assert ("description", "fr") in languages(finished(draft))
    assert ("outcome", "en") in languages(finished(draft))


def test_a_short_title_takes_the_language_of_the_record() -> None:
    assert languages(finished(Draft(titles=[Said("Leadership")], parts=[("description", Said(FRENCH))])))[0] == (
        "title",
        "fr",
    )
    assert languages(finished(Draft(titles=[Said("Leadership")], parts=[("description", Said(ENGLISH))])))[0] == (
        "title",
        "en",
    )


def test_a_declared_language_is_believed() -> None:
    draft = Draft(titles=[Said("Leadership", "fr-CA")], parts=[("description", Said("Communication", "fr-CA"))])
    assert languages(finished(draft)) == [("title", "fr"), ("description", "fr")]
    whole = Draft(language="French", titles=[Said("Leadership")], parts=[("description", Said("Communication"))])
    assert languages(finished(whole)) == [("title", "fr"), ("description", "fr")]


def test_a_record_too_short_to_tell_takes_the_default_or_is_refused() -> None:
    draft = Draft(titles=[Said("Xyz")], parts=[("description", Said("Qq"))])
    refusal = finished(draft)
    assert isinstance(refusal, Rejected)
    assert refusal.reason is Reason.UNSUPPORTED_LANGUAGE
    assert "too little" in refusal.detail
    assert languages(finished(draft, "fr")) == [("title", "fr"), ("description", "fr")]


def test_other_languages_are_left_out_next_to_ours() -> None:
    draft = Draft(
        titles=[Said("Projets", "fr"), Said("Proyectos", "es")],
        parts=[("description", Said(FRENCH)), ("description", Said(SPANISH)), ("outcome", Said(SPANISH, "es"))],
    )
    assert languages(finished(draft)) == [("title", "fr"), ("description", "fr")]


def test_a_text_that_stands_twice_is_one_part() -> None:
    draft = Draft(titles=[Said("Projects", "en")], parts=[("description", Said(ENGLISH)), ("outcome", Said(ENGLISH))])
    assert languages(finished(draft)) == [("title", "en"), ("description", "en")]


def test_tags_of_another_language_than_the_course() -> None:
    tags = ["Occupational Safety And Health", "Employee Onboarding", "Performance Management", "Management"]
    draft = Draft(language="French", titles=[Said("La gestion des ressources humaines")])
    draft.parts.append(("description", Said(FRENCH)))
    draft.skills.extend((Said(tag), None) for tag in tags)
    record = finished(draft)
    assert isinstance(record, Credential)
    assert [(skill.label, skill.language) for skill in record.skills] == [(tag, "en") for tag in tags]


def test_stated_words_are_short_and_on_one_line() -> None:
    assert stated(None, " a\n b ", "a b", "<b>c</b>") == "a b; c"
    assert stated(None, "") is None
    long = stated("word " * 1000)
    assert long is not None
    assert len(long) <= 1002
