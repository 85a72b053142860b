"""Job postings out of mapped rows and out of schema.org JSON-LD: each field, each part, each reason to refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.job_posting import posting_from_row, read_job_postings
from pipeline.ingest.mapping import Mapping, canonical_mapping
from pipeline.ingest.posting_draft import count, occupation, web_address
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Posting, Reason, Rejected, StatedSkill, TextPart, content_hash
from pipeline.ingest.rows import Row

CONTEXT = ReadContext("postings", "web")
ENGLISH = (
    "You will load and unload trucks with a forklift, pick orders and keep the inventory of our warehouse up to date."
)
FRENCH = (
    "Vous conduirez un chariot élévateur, préparerez les commandes et tiendrez à jour l'inventaire de notre entrepôt."
)
CANONICAL = canonical_mapping("postings", "board")


def from_row(mapping: Mapping = CANONICAL, context: ReadContext = CONTEXT, **values: object) -> Posting | Rejected:
    return posting_from_row(Row(dict(values), mapping, "jobs.csv", "2"), mapping, context)


def accepted(record: Posting | Rejected) -> Posting:
    assert isinstance(record, Posting), record
    return record


def refused(record: Posting | Rejected) -> Rejected:
    assert isinstance(record, Rejected), record
    return record


# --- Rows -----------------------------------------------------------------------------------------------------------


def test_a_full_row() -> None:
    posting = accepted(
        from_row(
            source_id="42",
            title=" Forklift   operator ",
            description=ENGLISH,
            requirement="Forklift licence. 2 years of experience.",
            benefit_fr="Assurance collective",
            employer="Entrepôts Nord inc.",
            region="Qc",
            locality="Sherbrooke",
            occupation_code="NOC 75101",
            occupation_scheme="noc2021",
            industry_code="493",
            industry_scheme="naics",
            posted_on="1er mars 2026",
            expires_on="2026-04-01",
            modified_at="2026-03-02T10:00:00-05:00",
            vacancies="3 positions",
            wage="$24.50 to $27.00",
            wage_currency="CAD",
            hours_per_week="37.5 hours per week",
            education="DES ou DEP",
            experience="1 year to less than 2 years",
            skills="forklift|inventory",
            url="https://jobs.example.ca/42;jsessionid=ABC?x=1",
        )
    )
    assert posting == Posting(
        source="board",
        source_id="42",
        title="Forklift operator",
        language="en",
        parts=(
            TextPart("title", "Forklift operator", "en"),
            TextPart("benefit", "Assurance collective", "fr"),
            TextPart("description", ENGLISH, "en"),
            TextPart("requirement", "Forklift licence. 2 years of experience.", "en"),
        ),
        skills=(StatedSkill("forklift", None, "en"), StatedSkill("inventory", None, "en")),
        employer="Entrepôts Nord inc.",
        country="CA",
        region="CA-QC",
        locality="Sherbrooke",
        occupation_code="75101",
        occupation_scheme="noc2021",
        industry_code="493",
        industry_scheme="naics",
        posted_on=date(2026, 3, 1),
        expires_on=date(2026, 4, 1),
        modified_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
        vacancies=3,
        wage_low=24.5,
        wage_high=27.0,
        wage_currency="CAD",
        wage_stated="$24.50 to $27.00",
        hours_per_week=37.5,
        education="secondary",
        experience_months=12,
        url="https://jobs.example.ca/42?x=1",
    )


def test_the_same_row_gives_the_same_posting() -> None:
    values: dict[str, object] = {"source_id": "1", "title": "Cook", "description": ENGLISH}
    assert content_hash(accepted(from_row(**values))) == content_hash(accepted(from_row(**values)))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"source_id": "1", "description": ENGLISH}, Reason.MISSING_TITLE),
        ({"source_id": "1", "title": "<b> </b>", "description": ENGLISH}, Reason.MISSING_TITLE),
        ({"title": "Cook", "description": ENGLISH}, Reason.MISSING_ID),
        ({"source_id": "x" * 501, "title": "Cook", "description": ENGLISH}, Reason.INVALID_FIELD),
        ({"source_id": "1", "title": "Cook"}, Reason.MISSING_TEXT),
        ({"source_id": "1", "title": "Cook", "benefit": "Dental plan"}, Reason.MISSING_TEXT),
        ({"source_id": "1", "title": "Cook", "description": "Cook."}, Reason.UNSUPPORTED_LANGUAGE),
        (
            {"source_id": "1", "title": "Conductor", "description": "Buscamos una persona para conducir camiones."},
            Reason.UNSUPPORTED_LANGUAGE,
        ),
        (
            {"source_id": "1", "title": "엔지니어", "description": "소프트웨어 엔지니어를 찾습니다"},
            Reason.UNSUPPORTED_LANGUAGE,
        ),
    ],
)
def test_what_is_no_posting_says_why(values: dict[str, object], reason: Reason) -> None:
    rejected = refused(from_row(**values))
    assert rejected.reason is reason
    assert rejected.detail.endswith(".")
    assert rejected.position == "2"
    assert rejected.source_id == values.get("source_id")


def test_an_address_will_do_for_an_id_and_skills_for_a_text() -> None:
    posting = accepted(from_row(url="https://x.ca/1", title="Cook", skills="frying|baking", language="en"))
    assert posting.source_id == "https://x.ca/1"


def test_the_language_is_told_part_by_part() -> None:
    context = ReadContext("postings", "web", default_language="fr-CA")
    assert accepted(from_row(source_id="1", title="Cook", description="Cook.", context=context)).language == "fr"
    assert accepted(from_row(source_id="1", title="Cook", description="Cook.", language="English")).language == "en"
    assert accepted(from_row(source_id="1", title="Cariste", description=FRENCH)).language == "fr"
    both = accepted(from_row(source_id="1", title="Cariste", description=FRENCH * 3, requirement=ENGLISH * 3))
    assert [(part.name, part.language) for part in both.parts[1:]] in (
        [("description", "fr"), ("requirement", "en")],
        [("requirement", "en"), ("description", "fr")],
    )
    bilingual = "\n".join([FRENCH, ENGLISH] * 3)
    mixed = accepted(from_row(source_id="1", title="Cariste", description=bilingual))
    assert [(part.language, part.text.count("\n")) for part in mixed.parts[1:]] == [("en", 2), ("fr", 2)]
    fixed = accepted(from_row(source_id="1", title="Commis", description_fr="Servir."))
    assert (fixed.language, fixed.parts[1].language) == ("fr", "fr")


def test_wages_from_two_columns_and_from_objects() -> None:
    mapping = Mapping.model_validate(
        {
            "source": {"name": "x", "kind": "postings", "language": "en"},
            "fields": {
                "source_id": "id",
                "title": "t",
                "wage": "pay",
                "wage_low": "min",
                "wage_high": "max",
                "wage_unit": "per",
                "hours_per_week": "h",
            },
            "parts": {"description": "d"},
            "constants": {"wage_currency": "CAD", "full_time_hours": 35},
        }
    )

    def wage(**values: object) -> tuple[object, ...]:
        posting = accepted(from_row(mapping, id="1", t="Cook", d=ENGLISH, **values))
        return posting.wage_low, posting.wage_high, posting.wage_currency

    assert wage(min="20", max="25", per="hour") == (20.0, 25.0, "CAD")
    assert wage(min=36_498, max=54_747, per="annuel") == (20.0, 30.0, "CAD")
    assert wage(min=36_498, per="annuel", h=25) == (28.0, None, "CAD")
    assert wage(pay="36 498 $ par année") == (20.0, 20.0, "CAD")
    assert wage(pay={"value": {"minValue": 20, "unitText": "HOUR"}, "currency": "USD"}) == (20.0, None, "USD")
    assert wage(pay="selon expérience") == (None, None, None)
    assert wage() == (None, None, None)


@pytest.mark.parametrize(
    ("said", "hours", "wage"), [("12", 12.0, 32.05), (12, 12.0, 32.05), ("12 h", None, 9.62), ("40", 40.0, 9.62)]
)
def test_a_number_alone_in_the_column_of_weekly_hours_is_weekly_hours(
    said: object, hours: float | None, wage: float
) -> None:
    """20,000 a year by 52 weeks (52.14 of them) of so many hours; of 40 where none are known."""
    posting = accepted(
        from_row(
            source_id="1", title="Welder", description=ENGLISH, hours_per_week=said, wage="20000", wage_unit="year",
            wage_currency="CAD",
        )
    )  # fmt: skip
    assert posting.hours_per_week == hours
    assert posting.wage_low == pytest.approx(wage, rel=0.01)


def test_hours_that_the_wage_says_are_those_that_it_is_divided_by() -> None:
    posting = accepted(
        from_row(
            source_id="1", title="Soudeur", description=ENGLISH, wage="70 000 $ par an (35 h/sem)", wage_currency="CAD"
        )
    )
    assert posting.hours_per_week == 35.0
    assert posting.wage_low == pytest.approx(70_000 / (365 / 7 * 35), abs=0.01)


def test_an_end_before_the_beginning_is_no_end() -> None:
    posting = accepted(
        from_row(source_id="1", title="Cook", description=ENGLISH, posted_on="2026-03-01", expires_on="2026-02-01")
    )
    assert (posting.posted_on, posting.expires_on) == (date(2026, 3, 1), None)


def test_demands_come_from_the_requirements_where_no_field_has_them() -> None:
    text = "Bachelor's degree in engineering. At least 3 years of experience in a plant."
    posting = accepted(from_row(source_id="1", title="Engineer", description=ENGLISH, requirement=text))
    assert (posting.education, posting.experience_months) == ("bachelor", 36)
    stated = accepted(
        from_row(source_id="1", title="Engineer", description=ENGLISH, requirement=text, experience_months="6")
    )
    assert stated.experience_months == 6


@pytest.mark.parametrize(
    ("text", "scheme", "found"),
    [
        ("NOC 65200", None, ("65200", "noc2021")),
        ("CNP 2021 : 65200 Serveurs", None, ("65200", "noc2021")),
        ("65200", "noc2021", ("65200", "noc2021")),
        ("6322", "NOC 2016", None),
        ("15-1132.00 Software Developers, Application", None, ("15-1132.00", "onetsoc")),
        ("ISCO-08 2512", None, ("2512", "isco08")),
        ("http://data.europa.eu/esco/isco/C2512", None, ("2512", "isco08")),
        (
            "http://data.europa.eu/esco/occupation/f2b15a0e-e65a-438a-affb-29b9d50b77d1",
            None,
            ("http://data.europa.eu/esco/occupation/f2b15a0e-e65a-438a-affb-29b9d50b77d1", "esco"),
        ),
        ("M1805", "rome", ("M1805", "rome")),
        ("65200", None, None),
        ("Software", None, None),
    ],
)
def test_occupations(text: str, scheme: str | None, found: tuple[str, str] | None) -> None:
    assert occupation(text, scheme) == found


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), ("3 ", 3), ("1 vacancy", 1), (2.0, 2), ("12.0", 12), ("several", None), (0, None), (-1, None),
     (True, None), (10**9, None), (float("nan"), None), (None, None), ([], None)],
)  # fmt: skip
def test_vacancies(value: object, number: int | None) -> None:
    assert count(value) == number


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://x.ca/a?b#c", "https://x.ca/a?b#c"),
        ("http://x.ca/a;jsessionid=1?b", "http://x.ca/a?b"),
        ("javascript:alert(1)", None),
        ("x.ca", None),
        ("http://[bad", None),
        ("https://x.ca/a b", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses(text: str | None, address: str | None) -> None:
    assert web_address(text) == address


# --- schema.org -----------------------------------------------------------------------------------------------------

FULL = {
    "@context": "https://schema.org/",
    "@type": "JobPosting",
    "title": "Technicien ou technicienne en mécatronique",
    "description": "<p>Usine à Longueuil.</p><ul><li>Entretenir les robots</li></ul>",
    "identifier": {"@type": "PropertyValue", "name": "Aéro Nord", "value": "A-77"},
    "datePosted": "2026-05-04",
    "validThrough": "2026-06-04T00:00",
    "dateModified": "2026-05-05T08:00:00-04:00",
    "inLanguage": {"@type": "Language", "name": "French", "alternateName": "fr"},
    "hiringOrganization": {"@type": "Organization", "name": "Aéro Nord inc.", "sameAs": "https://aero.example"},
    "jobLocation": {
        "@type": "Place",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "1, rue Vert",
            "addressLocality": "Longueuil",
            "addressRegion": "QC",
            "postalCode": "J4G 1A1",
            "addressCountry": {"@type": "Country", "name": "Canada"},
        },
    },
    "baseSalary": {
        "@type": "MonetaryAmount",
        "currency": "CAD",
        "value": {"@type": "QuantitativeValue", "minValue": 31.5, "maxValue": 38, "unitText": "HOUR"},
    },
    "workHours": "40 heures par semaine",
    "totalJobOpenings": "2",
    "occupationalCategory": {"@type": "CategoryCode", "codeValue": "22301", "inCodeSet": {"name": "NOC 2021"}},
    "industry": {"@type": "DefinedTerm", "termCode": "3364", "inDefinedTermSet": "SCIAN"},
    "skills": [
        {"@type": "DefinedTerm", "name": "programmer un automate", "@id": "http://data.europa.eu/esco/skill/1"},
        "hydraulique, pneumatique",
    ],
    "qualifications": "Savoir lire des plans.",
    "responsibilities": ["Diagnostiquer les pannes.", "Remplacer les capteurs."],
    "educationRequirements": {"@type": "EducationalOccupationalCredential", "credentialCategory": "DEC"},
    "experienceRequirements": {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": 24},
    "jobBenefits": "Assurance",
    "url": "https://aero.example/jobs/77",
}


def read(folder: Path, document: object, name: str = "jobs.json") -> list[Posting | Rejected]:
    path = folder / name
    path.write_bytes(document if isinstance(document, bytes) else orjson.dumps(document))
    return list(read_job_postings(path, CONTEXT))


def one(folder: Path, **changes: object) -> Posting:
    document = {key: value for key, value in (FULL | changes).items() if value is not None}
    (record,) = read(folder, document)
    return accepted(record)


def test_a_full_json_ld_posting(tmp_path: Path) -> None:
    assert one(tmp_path) == Posting(
        source="web",
        source_id="Aéro Nord:A-77",
        title="Technicien ou technicienne en mécatronique",
        language="fr",
        parts=(
            TextPart("title", "Technicien ou technicienne en mécatronique", "fr"),
            TextPart("description", "Usine à Longueuil.\n- Entretenir les robots", "fr"),
            TextPart("responsibility", "Diagnostiquer les pannes.\nRemplacer les capteurs.", "fr"),
            TextPart("requirement", "Savoir lire des plans.\nDEC", "fr"),
            TextPart("benefit", "Assurance", "fr"),
        ),
        skills=(
            StatedSkill("programmer un automate", "http://data.europa.eu/esco/skill/1", "fr"),
            StatedSkill("hydraulique", None, "fr"),
            StatedSkill("pneumatique", None, "fr"),
        ),
        employer="Aéro Nord inc.",
        country="CA",
        region="CA-QC",
        locality="Longueuil",
        occupation_code="22301",
        occupation_scheme="noc2021",
        industry_code="3364",
        industry_scheme="naics",
        posted_on=date(2026, 5, 4),
        expires_on=date(2026, 6, 4),
        modified_at=datetime(2026, 5, 5, 12, tzinfo=UTC),
        vacancies=2,
        wage_low=31.5,
        wage_high=38.0,
        wage_currency="CAD",
        wage_stated="31.5 38.0 CAD HOUR",
        hours_per_week=40.0,
        education="college",
        experience_months=24,
        url="https://aero.example/jobs/77",
    )


def test_prefixes_types_and_values_may_be_written_in_many_ways(tmp_path: Path) -> None:
    document = {
        "@type": ["schema:JobPosting", "https://example.org/Job"],
        "@id": "https://x.ca/9",
        "schema:title": [{"@value": "Welder", "@language": "en"}, {"@value": "Soudeur", "@language": "fr"}],
        "http://schema.org/description": {"en": ENGLISH, "fr": FRENCH, "de": "Schweißen."},
        "schema:baseSalary": {
            "schema:currency": "CAD",
            "schema:value": {"schema:value": 30, "schema:unitText": "HOUR"},
        },
    }
    (record,) = read(tmp_path, document)
    posting = accepted(record)
    assert posting.source_id == "https://x.ca/9"
    assert posting.title == "Welder"
    assert posting.parts[1:] == (TextPart("description", ENGLISH, "en"), TextPart("description", FRENCH, "fr"))
    assert (posting.wage_low, posting.wage_high, posting.wage_currency) == (30.0, 30.0, "CAD")


@pytest.mark.parametrize(
    "wrapped",
    [
        [FULL],
        {"@graph": [{"@type": "Organization"}, FULL]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": FULL}]},
    ],
)
def test_postings_are_found_wherever_they_are(tmp_path: Path, wrapped: object) -> None:
    (record,) = read(tmp_path, wrapped)
    assert accepted(record).source_id == "Aéro Nord:A-77"


def test_postings_in_pages_and_lines(tmp_path: Path) -> None:
    body = orjson.dumps(FULL).decode()
    page = (
        '<html><script type="application/ld+json">{"@type":"BreadcrumbList"}</script>'
        f'<script type="application/ld+json">{body}</script></html>'
    )
    assert [type(record) for record in read(tmp_path, page.encode(), "page.html")] == [Posting]
    lines = body + "\n{bad\n" + '{"@type":"Organization"}\n' + body
    records = read(tmp_path, lines.encode(), "jobs.jsonl")
    assert [record.reason.value if isinstance(record, Rejected) else "ok" for record in records] == [
        "ok",
        "malformed_record",
        "ok",
        "wrong_type",
    ]


@pytest.mark.parametrize(
    ("data", "name", "reason", "position"),
    [
        (b'{"@type":"Person"}', "a.json", Reason.WRONG_TYPE, "$"),
        (b"<html><p>nothing</p></html>", "a.html", Reason.WRONG_TYPE, "file"),
        (
            b'<html><script type="application/ld+json">{"@type":"Person"}</script>',
            "a.html",
            Reason.WRONG_TYPE,
            "script 1",
        ),
        (b'{"@type":"JobPosting"', "a.json", Reason.UNREADABLE_FILE, "file"),
        (b"", "a.json", Reason.UNREADABLE_FILE, "file"),
        (b'{"@type":"JobPosting"}', "a.json", Reason.MISSING_TITLE, "$"),
        (b'[{"@type":"JobPosting","title":"Cook"}]', "a.json", Reason.MISSING_TEXT, "$[0]"),
    ],
)
def test_what_is_no_posting_says_where_and_why(
    tmp_path: Path, data: bytes, name: str, reason: Reason, position: str
) -> None:
    (record,) = read(tmp_path, data, name)
    assert (refused(record).reason, refused(record).position) == (reason, position)


def test_a_posting_without_any_id_gets_one_from_its_content(tmp_path: Path) -> None:
    first = one(tmp_path, identifier=None, url=None)
    assert first.source_id.startswith("sha256:")
    assert one(tmp_path, identifier=None, url=None).source_id == first.source_id
    assert one(tmp_path, identifier=None, url=None, title="Autre").source_id != first.source_id
    assert one(tmp_path, identifier=None).source_id == "https://aero.example/jobs/77"
    assert one(tmp_path, identifier="77").source_id == "77"


def test_several_locations_count_for_what_they_share(tmp_path: Path) -> None:
    def place(region: str, locality: str) -> dict[str, object]:
        return {"address": {"addressCountry": "CA", "addressRegion": region, "addressLocality": locality}}

    posting = one(tmp_path, jobLocation=[place("QC", "Laval"), place("QC", "Gatineau")])
    assert (posting.country, posting.region, posting.locality) == ("CA", "CA-QC", None)
    posting = one(tmp_path, jobLocation=[place("QC", "Laval"), place("ON", "Ottawa")])
    assert (posting.country, posting.region, posting.locality) == ("CA", None, None)
    remote = {"@type": "Country", "name": "Canada"}
    posting = one(tmp_path, jobLocation=None, applicantLocationRequirements=remote)
    assert (posting.country, posting.region) == ("CA", None)
    posting = one(tmp_path, jobLocation="Calgary, AB")
    assert (posting.region, posting.locality) == ("CA-AB", "Calgary")


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"baseSalary": "65706 par année", "salaryCurrency": "CAD"}, "wage_low", 31.5),
        ({"baseSalary": 31.5, "salaryCurrency": "CAD"}, "wage_low", 31.5),
        ({"baseSalary": {"value": {"minValue": "x"}}}, "wage_low", None),
        ({"educationRequirements": "Bachelor's degree"}, "education", "bachelor"),
        ({"educationRequirements": "no requirements"}, "education", "none"),
        ({"experienceRequirements": "3 ans d'expérience"}, "experience_months", 36),
        ({"experienceRequirements": "no requirements", "qualifications": None}, "experience_months", None),
        ({"occupationalCategory": "17-2141.00"}, "occupation_scheme", "onetsoc"),
        ({"hiringOrganization": "Aéro"}, "employer", "Aéro"),
        ({"totalJobOpenings": "many"}, "vacancies", None),
        ({"datePosted": "soon"}, "posted_on", None),
        ({"url": "ftp://x"}, "url", None),
    ],
)
def test_single_fields(tmp_path: Path, changes: dict[str, object], field: str, value: object) -> None:
    assert getattr(one(tmp_path, **changes), field) == value


def test_prose_under_skills_is_a_requirement(tmp_path: Path) -> None:
    text = "Capacité de travailler en équipe avec des personnes de tous les métiers, dans le respect des délais."
    posting = one(tmp_path, skills=text)
    assert posting.skills == ()
    assert TextPart("requirement", text, "fr") in posting.parts


def test_the_examples_of_schema_org(tmp_path: Path, shared_data: Path) -> None:
    text = (shared_data / "postings" / "schemaorg" / "examples.txt").read_text(encoding="utf-8")
    page = b"<html>" + text.encode()
    records = read(tmp_path, page, "examples.html")
    postings = [record for record in records if isinstance(record, Posting)]
    assert [posting.title for posting in postings] == ["Software Engineer", "Junior software developer"]
    first = postings[0]
    assert (first.wage_low, first.wage_currency, first.education, first.experience_months) == (
        47.95,
        "USD",
        "bachelor",
        36,
    )
    assert (first.occupation_code, first.occupation_scheme, first.region) == ("15-1132.00", "onetsoc", "US-WA")
    assert postings[1].skills == (StatedSkill("Knowledge of computer programming principles", None, "en"),)


KEYS = st.sampled_from(["@value", "@language", "name", "value", "address", "en", "@type", "@list"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@value", "@language", "name", "value", "address", "en", "@type", "@list"]), inner
        )
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FULL)), VALUES, max_size=6))
def test_no_content_raises(tmp_path: Path, changes: dict[str, object]) -> None:
    document = FULL | changes | {"@type": "JobPosting"}
    try:
        data = orjson.dumps(document)
    except orjson.JSONEncodeError:
        return
    assert len(read(tmp_path, data)) >= 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(tmp_path: Path, data: bytes) -> None:
    for name in ("a.json", "a.html", "a.jsonl"):
        for start in (b"", b'{"@type":"JobPosting","title":', b'<script type="application/ld+json">'):
            read(tmp_path, start + data, name)


@pytest.mark.parametrize("depth", [50, 200, 900, 5_000])
def test_deep_nesting_never_raises(tmp_path: Path, depth: int) -> None:
    skills = b'[{"name":' * depth + b"1" + b"}]" * depth
    data = b'{"@type":"JobPosting","@id":"a","title":"Cook","skills":%s,"description":"%s"}' % (
        skills,
        ENGLISH.encode(),
    )
    (record,) = read(tmp_path, b"[" + data + b"," + data + b"]")[:1]
    assert isinstance(record, Posting | Rejected)
