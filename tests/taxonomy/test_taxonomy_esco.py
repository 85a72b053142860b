"""Importing ESCO releases: every shape gives the same taxonomy; what is spoilt is reported or refused."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import TaxonomyError
from pipeline.taxonomy import ImportReport, Taxonomy, import_esco, load_taxonomy, save_taxonomy
from pipeline.taxonomy.esco import gendered_forms

from .esco_releases import (
    ESCO,
    FORKLIFT,
    LOGISTICS,
    OPERATOR,
    SHAPES,
    TEAM,
    WAITER,
    Release,
    csv_text,
    release_1_1,
    write_folder,
    write_zip,
)

# What every shape of the small release gives.
SKILLS: list[dict[str, str | list[str] | None]] = [
    {
        "skill_id": FORKLIFT,
        "kind": "skill",
        "reuse": "sector-specific",
        "sector": None,
        "label_en": "operate forklift",
        "label_fr": "conduire un chariot élévateur",
        "alt_en": ["drive a lift truck", "drive forklift"],
        "alt_fr": ["manœuvrer un chariot"],
        "description_en": 'Operate a "forklift", safely.\nAny make.',
        "description_fr": None,
    },
    {
        "skill_id": LOGISTICS,
        "kind": "knowledge",
        "reuse": "cross-sector",
        "sector": None,
        "label_en": "logistics",
        "label_fr": None,
        "alt_en": [],
        "alt_fr": [],
        "description_en": "The flow of goods, from origin to use.",
        "description_fr": None,
    },
    {
        "skill_id": TEAM,
        "kind": "skill",
        "reuse": "transversal",
        "sector": None,
        "label_en": "work in teams",
        "label_fr": "travailler en équipe",
        "alt_en": ["teamwork"],
        "alt_fr": [],
        "description_en": "Work confidently within a group.",
        "description_fr": None,
    },
]
OCCUPATIONS = [
    {
        "occupation_id": OPERATOR,
        "noc_2021": None,
        "isco_08": "8344",
        "sector": None,
        "label_en": "forklift operator",
        "label_fr": "cariste",
        "alt_en": ["lift truck driver"],
        "alt_fr": ["conducteur de chariot", "conductrice de chariot"],
        "description_en": "They move goods.",
        "description_fr": None,
    },
    {
        "occupation_id": WAITER,
        "noc_2021": None,
        "isco_08": "5131",
        "sector": None,
        "label_en": "waiter/waitress",
        "label_fr": "serveur/serveuse de restaurant",
        "alt_en": ["table attendant", "waiter", "waitress"],
        "alt_fr": ["serveur de restaurant", "serveuse de restaurant"],
        "description_en": "They serve guests.",
        "description_fr": None,
    },
]
SKILL_RELATIONS = [(FORKLIFT, "broader", LOGISTICS), (FORKLIFT, "related", LOGISTICS)]
OCCUPATION_SKILLS = [
    (OPERATOR, "essential", FORKLIFT),
    (OPERATOR, "optional", LOGISTICS),
    (WAITER, "essential", TEAM),
]


def rows(taxonomy: Taxonomy, table: str) -> list[tuple[str, ...]]:
    return [tuple(row.values()) for row in getattr(taxonomy, table).to_pylist()]


def left_out(report: ImportReport, file: str) -> dict[str, int]:
    return next(dict(entry.left_out) for entry in report.files if entry.file.endswith(file))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packed", ["folder", "zip"])
def test_every_release_gives_the_same_taxonomy(shape: str, packed: str, tmp_path: Path) -> None:
    name = f"ESCO dataset - v{shape}.0 - classification - en - csv"
    release = SHAPES[shape]()
    source = (
        write_folder(release, tmp_path / name) if packed == "folder" else write_zip(release, tmp_path / "e.zip", name)
    )
    taxonomy, report = import_esco([source])
    assert (taxonomy.name, taxonomy.version) == ("esco", f"{shape}.0")
    assert taxonomy.skills.to_pylist() == SKILLS
    assert taxonomy.occupations.to_pylist() == OCCUPATIONS
    assert rows(taxonomy, "skill_relations") == SKILL_RELATIONS
    assert rows(taxonomy, "occupation_skills") == OCCUPATION_SKILLS
    assert report.counts == {"skills": 3, "occupations": 2, "skill_relations": 2, "occupation_skills": 3}
    assert report.without_french == {"skills": 1, "occupations": 0}
    assert all(entry.read == entry.kept + entry.left_out.total() for entry in report.files)


def test_rows_in_another_order_and_sources_apart_give_the_same(tmp_path: Path, release: Release) -> None:
    whole, _ = import_esco([write_folder(release, tmp_path / "whole")])
    backwards = {name: entries[::-1] for name, entries in release.items()}
    english = {name: entries for name, entries in backwards.items() if "_fr" not in name}
    french = {name: entries for name, entries in backwards.items() if "_fr" in name}
    apart, _ = import_esco([write_zip(french, tmp_path / "fr.zip", "fr"), write_folder(english, tmp_path / "en")])
    assert apart == whole


def test_the_report_reads_well(tmp_path: Path, release: Release) -> None:
    _, report = import_esco([write_folder(release, tmp_path / "esco_v1.1.1_csv")])
    assert report.lines() == [
        "esco 1.1.1",
        "  esco_v1.1.1_csv/skills_en.csv: 4 rows read, 3 kept",
        "    1 left out: its status is obsolete",
        "  esco_v1.1.1_csv/occupations_en.csv: 3 rows read, 2 kept",
        "    1 left out: its status is obsolete",
        "  esco_v1.1.1_csv/skills_fr.csv: 2 rows read, 2 kept",
        "  esco_v1.1.1_csv/occupations_fr.csv: 2 rows read, 2 kept",
        "  esco_v1.1.1_csv/skillSkillRelations.csv: 1 rows read, 1 kept",
        "  esco_v1.1.1_csv/broaderRelationsSkillPillar.csv: 3 rows read, 1 kept",
        "    2 left out: the broader concept is a group of skills, not a skill",
        "  esco_v1.1.1_csv/occupationSkillRelations.csv: 3 rows read, 3 kept",
        "  3 skills",
        "  2 occupations",
        "  2 skill relations",
        "  3 occupation skills",
        "  1 skills without a French label",
        "  0 occupations without a French label",
    ]


def test_relations_that_come_in_two_languages_are_read_once(tmp_path: Path) -> None:
    _, report = import_esco([write_folder(SHAPES["1.2"](), tmp_path / "esco")])
    assert [name.rpartition("/")[2] for name in report.not_read] == [
        "broaderRelationsSkillPillar_fr.csv",
        "occupationSkillRelations_fr.csv",
        "skillSkillRelations_fr.csv",
    ]


def test_the_first_french_label_counts_and_later_ones_are_alternatives(tmp_path: Path, release: Release) -> None:
    english = release["skills_en.csv"][1]["description"]
    newer: Release = {
        "skills_fr.csv": [
            {"conceptUri": LOGISTICS, "preferredLabel": "logistique", "altLabels": "a|b", "description": "Les flux."},
            {"conceptUri": FORKLIFT, "preferredLabel": "conduire un cariste", "altLabels": "", "description": english},
            {"conceptUri": f"{ESCO}/skill/new", "preferredLabel": "nouveau", "altLabels": "", "description": ""},
            {"conceptUri": TEAM, "preferredLabel": " ", "altLabels": "", "description": ""},
        ]
    }
    taxonomy, report = import_esco([write_folder(release, tmp_path / "a"), write_folder(newer, tmp_path / "b")])
    forklift, logistics, _ = taxonomy.skills.to_pylist()
    assert forklift["label_fr"] == "conduire un chariot élévateur"
    assert forklift["alt_fr"] == ["conduire un cariste", "manœuvrer un chariot"]
    assert forklift["description_fr"] is None, "a description that repeats the English one is no translation"
    assert (logistics["label_fr"], logistics["alt_fr"]) == ("logistique", ["a", "b"])
    assert logistics["description_fr"] == "Les flux."
    assert left_out(report, "b/skills_fr.csv") == {
        "the concept is not among the English skills": 1,
        "it has no preferred label": 1,
    }


def test_hidden_labels_become_alternatives(tmp_path: Path, release: Release) -> None:
    release["skills_en.csv"][0]["hiddenLabels"] = "team player\ncollaborate"
    taxonomy, _ = import_esco([write_folder(release, tmp_path / "esco")])
    assert taxonomy.skills.to_pylist()[2]["alt_en"] == ["collaborate", "team player", "teamwork"]


def test_english_alone_needs_no_french_files(tmp_path: Path, release: Release) -> None:
    del release["skills_fr.csv"], release["occupations_fr.csv"]
    folder = write_folder(release, tmp_path / "esco")
    taxonomy, report = import_esco([folder], languages=["en"], version="1.1")
    assert taxonomy.version == "1.1"
    assert report.without_french == {"skills": 3, "occupations": 2}
    with pytest.raises(
        TaxonomyError, match=r"no skills_fr\.csv, no occupations_fr\.csv.* or import it in English alone"
    ):
        import_esco([folder])
    with pytest.raises(TaxonomyError, match="not in fr"):
        import_esco([folder], languages=["fr"])


def test_a_version_that_nothing_states_is_unstated(tmp_path: Path, release: Release) -> None:
    assert import_esco([write_folder(release, tmp_path / "esco")])[0].version == "unstated"


@pytest.mark.parametrize(
    ("folder", "version"),
    [
        ("ESCO dataset - v1.2.0 - classification - en - csv", "1.2.0"),
        ("esco_v1.0.8_en", "1.0.8"),
        ("1.1", "1.1"),
        ("esco2", "unstated"),
    ],
)
def test_the_version_is_read_from_names(tmp_path: Path, release: Release, folder: str, version: str) -> None:
    assert import_esco([write_folder(release, tmp_path / "py3.11" / folder)])[0].version == version


def test_what_does_not_fit_is_left_out_with_its_reason(tmp_path: Path, release: Release) -> None:
    skill, link = release["skills_en.csv"][0], release["occupationSkillRelations.csv"][0]
    release["skills_en.csv"] += [
        {**skill, "preferredLabel": "again"},
        {**skill, "conceptUri": " "},
        {**skill, "conceptUri": f"{ESCO}/skill/x", "preferredLabel": "\t"},
        {**skill, "conceptUri": f"{ESCO}/skill/y", "conceptType": "SkillGroup"},
        {**skill, "conceptUri": f"{ESCO}/skill/z", "skillType": "", "reuseLevel": "odd"},
    ]
    release["occupationSkillRelations.csv"] += [
        {**link, "relationType": "optional"},
        {**link, "relationType": "Essential "},
        {**link, "relationType": "sometimes"},
        {**link, "skillUri": f"{ESCO}/skill/gone"},
        {**link, "occupationUri": f"{ESCO}/occupation/gone"},
    ]
    taxonomy, report = import_esco([write_folder(release, tmp_path / "esco")])
    assert left_out(report, "skills_en.csv") == {
        "its status is obsolete": 1,
        "the concept is in an earlier row or file": 1,
        "it has no URI": 1,
        "it has no preferred label": 1,
        "it is a group, not a concept": 1,
    }
    assert left_out(report, "occupationSkillRelations.csv") == {
        "the link is stated twice": 2,
        "the relation is sometimes": 1,
        "the skill is not in the release": 1,
        "the occupation is not in the release": 1,
    }
    assert rows(taxonomy, "occupation_skills") == OCCUPATION_SKILLS
    assert report.assumed == {
        "no known skill type, taken as skill": 1,
        "no known reuse level, taken as cross-sector": 1,
    }


def test_essential_stays_whichever_comes_first(tmp_path: Path, release: Release) -> None:
    links = release["occupationSkillRelations.csv"]
    links.insert(0, {**links[0], "relationType": "optional"})
    assert rows(import_esco([write_folder(release, tmp_path / "esco")])[0], "occupation_skills") == OCCUPATION_SKILLS


def test_circles_of_broader_skills_are_opened(tmp_path: Path, release: Release) -> None:
    link = release["broaderRelationsSkillPillar.csv"][2]
    release["broaderRelationsSkillPillar.csv"] += [
        {**link, "conceptUri": LOGISTICS, "broaderUri": TEAM},
        {**link, "conceptUri": TEAM, "broaderUri": FORKLIFT},
        {**link, "conceptUri": TEAM, "broaderUri": TEAM},
    ]
    taxonomy, report = import_esco([write_folder(release, tmp_path / "esco")])
    assert left_out(report, "SkillPillar.csv") == {
        "the broader concept is a group of skills, not a skill": 2,
        "it links a concept to itself": 1,
        "it closes a circle of broader skills": 1,
    }
    assert [row for row in rows(taxonomy, "skill_relations") if row[1] == "broader"] == [
        (FORKLIFT, "broader", LOGISTICS),
        (LOGISTICS, "broader", TEAM),
    ]


def test_very_long_fields_and_other_line_ends_are_read(tmp_path: Path, release: Release) -> None:
    release["skills_en.csv"][0]["scopeNote"] = "x" * 200_000
    release["skills_en.csv"][0]["description"] = "y" * 200_000
    folder = write_folder(release, tmp_path / "esco")
    text = csv_text(release["skills_en.csv"]).replace("\n", "\r\n")
    (folder / "skills_en.csv").write_text(f"\ufeff{text}", encoding="utf-8", newline="")
    taxonomy, _ = import_esco([folder])
    assert taxonomy.skills["label_en"].to_pylist() == [row["label_en"] for row in SKILLS]
    assert taxonomy.skills["alt_en"][0].as_py() == ["drive a lift truck", "drive forklift"]
    assert len(taxonomy.skills["description_en"][2].as_py()) == 200_000


@pytest.mark.parametrize(
    ("stated", "code"), [("8344", "8344"), ("C8344", "8344"), ("110", "0110"), ("", "8344"), ("x", "8344")]
)
def test_the_isco_code_is_found_however_it_is_written(tmp_path: Path, release: Release, stated: str, code: str) -> None:
    for row in release["occupations_en.csv"]:
        row["iscoGroup"] = stated
    taxonomy, _ = import_esco([write_folder(release, tmp_path / "esco")])
    assert taxonomy.occupations["isco_08"][0].as_py() == code


@pytest.mark.parametrize(
    ("title", "language", "forms"),
    [
        ("technicien de labo/technicienne de labo", "fr", ("technicien de labo", "technicienne de labo")),
        ("conducteur/conductrice de four", "fr", ("conducteur de four", "conductrice de four")),
        ("étudiant en droit / étudiante", "fr", ("étudiant en droit", "étudiante en droit")),
        (
            "chargé d\u2019étude/chargée d'étude niveau 2",
            "fr",
            ("chargé d\u2019étude niveau 2", "chargée d'étude niveau 2"),
        ),
        (
            "ouvrier brasseur-malteur/ouvrière brasseuse malteuse",
            "fr",
            ("ouvrier brasseur-malteur", "ouvrière brasseuse malteuse"),
        ),
        (
            "inspecteur en forêt/inspectrice du travail en forêt",
            "fr",
            ("inspecteur en forêt", "inspectrice du travail en forêt"),
        ),
        ("formateur «a/b»/formatrice «a/b»", "fr", ("formateur «a/b»", "formatrice «a/b»")),
        ("steward/hôtesse", "fr", ("steward", "hôtesse")),
        ("homme de pont/femme de pont", "fr", ("homme de pont", "femme de pont")),
        ("opératrice de papier/carton", "fr", ()),
        ("gouvernantes/intendants à domicile", "fr", ()),
        ("cariste", "fr", ()),
        ("a/b/c", "fr", ()),
        ("/", "fr", ()),
        ("", "fr", ()),
        ("head waiter/head waitress", "en", ("head waiter", "head waitress")),
        ("quality assurance/quality control manager", "en", ()),
        ("stage/production manager", "en", ()),
    ],
)
def test_titles_in_two_genders_are_written_out(title: str, language: str, forms: tuple[str, ...]) -> None:
    assert gendered_forms(title, language) == forms


@pytest.mark.parametrize("name", sorted(release_1_1()))
def test_a_missing_file_is_named(tmp_path: Path, release: Release, name: str) -> None:
    folder = write_folder(release, tmp_path / "esco")
    (folder / name).unlink()
    if name.startswith(("skillGroups", "transversal")):
        import_esco([folder])
        return
    with pytest.raises(TaxonomyError) as caught:
        import_esco([folder])
    message = str(caught.value)
    assert f"there is no {name}. " in message
    assert "https://esco.ec.europa.eu" in message
    assert str(folder) in message


def test_sources_that_are_not_there_or_empty_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="does not exist"):
        import_esco([tmp_path / "gone"])
    with pytest.raises(TaxonomyError, match="is not whole"):
        import_esco([tmp_path])
    with pytest.raises(TaxonomyError, match="no folder is not whole"):
        import_esco([])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no column conceptUri, preferredLabel"),
        (b"\xff\xfe\x00", "is not the CSV of an ESCO release"),
        (b"name,thing\nx,y\n", r"has no column conceptUri, preferredLabel \(it has name, thing\)"),
        (b"conceptUri,preferredLabel\na\n", "is not the CSV of an ESCO release"),
        (b"conceptUri,preferredLabel\na,b,c\n", "is not the CSV of an ESCO release"),
        (b"conceptUri,preferredLabel\na,\xe9\n", "is not the CSV of an ESCO release"),
        (b'conceptUri,preferredLabel\na,"b\n', "it ends inside a quoted field: the file is cut short"),
        (b"conceptUri,preferredLabel\n", "it has no skills"),
        (b"conceptUri,preferredLabel", "it has no skills"),
        (b"PK\x03\x04", "has no column"),
    ],
)
def test_a_spoilt_file_is_named(tmp_path: Path, release: Release, content: bytes, message: str) -> None:
    folder = write_folder(release, tmp_path / "esco")
    (folder / "skills_en.csv").write_bytes(content)
    with pytest.raises(TaxonomyError, match=message):
        import_esco([folder])


def test_a_spoilt_zip_file_is_named(tmp_path: Path, release: Release) -> None:
    path = write_zip(release, tmp_path / "esco.zip", "esco")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(TaxonomyError, match=r"esco\.zip is not a zip file that can be read"):
        import_esco([path])
    # The list of members is whole, the members are not: one has no header, another's data is garbled.
    path.write_bytes(b"PK\x00\x00" + content[4:])
    with pytest.raises(TaxonomyError, match="cannot be read"):
        import_esco([path])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, entries in release.items():
            archive.writestr(name, csv_text(entries))
    content = path.read_bytes()
    path.write_bytes(content[:60] + bytes(60) + content[120:])
    with pytest.raises(TaxonomyError, match="cannot be read"):
        import_esco([path])


def test_the_real_release(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "esco"
    sources = [folder / "esco_v1.1.1_en_csv.zip", folder / "esco_v1.1.1_relations_csv.zip", folder / "fr"]
    taxonomy, report = import_esco(sources)
    assert taxonomy.version == "1.1.1"
    assert report.counts == {
        "skills": 13_896,
        "occupations": 3_007,
        "skill_relations": 12_463,
        "occupation_skills": 123_788,
    }
    assert report.without_french == {"skills": 512, "occupations": 68}
    links = next(entry for entry in report.files if entry.file.endswith("/occupationSkillRelations.csv"))
    assert (links.read, dict(links.left_out)) == (123_855, {"the occupation is not in the release": 67})

    save_taxonomy(taxonomy, tmp_path / "esco-1.1.1")
    started = time.perf_counter()
    loaded = load_taxonomy("esco", tmp_path)
    assert time.perf_counter() - started < 1
    assert loaded == taxonomy
    assert all(table.equals(loaded.tables()[name]) for name, table in taxonomy.tables().items())
    assert not [title for title in _alternatives(taxonomy) if "conducteur/conductrice" in title]


def _alternatives(taxonomy: Taxonomy) -> list[str]:
    labels = taxonomy.labels("occupations")
    return [row["label"] for row in labels.to_pylist() if not row["preferred"]]
