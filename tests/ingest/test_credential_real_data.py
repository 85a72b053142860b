"""Credentials that others published: how many of each folder are read, and a few of them looked at closely."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pipeline.ingest.ctdl import read_ctdl
from pipeline.ingest.elm import read_elm
from pipeline.ingest.openbadges import read_open_badges
from pipeline.ingest.reader import ReadContext, Reader
from pipeline.ingest.records import Credential, Record, Rejected

CONTEXT = ReadContext(kind="credentials", source="real")


def read(folder: Path, reader: Reader) -> list[Record]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "LICENSE")
    assert files
    return [record for path in files for record in reader(path, CONTEXT)]


def outcomes(records: list[Record]) -> Counter[str]:
    rejected = Counter(record.reason.value for record in records if isinstance(record, Rejected))
    return rejected + Counter(accepted=sum(isinstance(record, Credential) for record in records))


def test_open_badges_and_learner_records(shared_data: Path) -> None:
    records = read(shared_data / "credentials" / "openbadges_clr_1edtech", read_open_badges)
    assert outcomes(records) == {
        "accepted": 78,
        "wrong_type": 39,  # issuers, keys, endorsements, revocation lists, résumés
        "unsupported_language": 15,  # "Test achievement 1": too little to tell, and one badge in Spanish
        "missing_text": 6,  # awards without an achievement, and a badge that is elsewhere
        "invalid_field": 6,  # achievements that share an identifier
        "unreadable_file": 2,
        "missing_id": 1,  # a mailbox in place of one
    }
    (spanish,) = (r for r in records if isinstance(r, Rejected) and r.file == "badgeclass-with-language.json")
    assert spanish.reason == "unsupported_language"
    everything = repr([r for r in records if not (isinstance(r, Rejected) and r.reason == "unreadable_file")])
    for private in ("student@1edtech.edu", "somebody@gmail.com", "sha256$ecf5409f", "Jennifer", "Gunilla"):
        assert private not in everything


def test_the_certified_nurse_in_a_learner_record(shared_data: Path) -> None:
    path = shared_data / "credentials/openbadges_clr_1edtech/inspector-clr/clr20/complex.json"
    first = next(iter(read_open_badges(path, CONTEXT)))
    assert isinstance(first, Credential)
    assert first.titles == {"en": "Nurse Assistant 1 Program with Licensure"}
    assert first.recognition == "endorsed by Oregon State Board of Nursing"
    assert first.region == "US-OR"


def test_european_digital_credentials(shared_data: Path) -> None:
    records = read(shared_data / "credentials" / "elm", read_elm)
    assert outcomes(records) == {"accepted": 6}
    creation = [
        r for r in records if isinstance(r, Credential) and r.titles["en"] == "Digital micro-credential creation"
    ]
    assert len(creation) == 3  # signed, unsigned, for upload: the same record
    assert creation[0] == creation[1] == creation[2]
    esco = [s.uri for s in creation[0].skills if s.uri and s.uri.startswith("http://data.europa.eu/esco/skill/")]
    assert [uri.rpartition("/")[2] for uri in esco] == [
        "ccdf3597-5c80-410f-896d-e1bdfa223de9",
        "80f308e6-0e09-404a-80cd-ec5f50f6f304",
        "326809fc-238d-40c2-881e-40042f7f2f0d",
        "5fd5c985-eaaa-47aa-8314-62359c54505a",
    ]
    assert (creation[0].hours, creation[0].delivery_mode, creation[0].country) == (60, "blended", "IE")
    assert "Andromeda" not in repr(records)


def test_ctdl_samples(shared_data: Path) -> None:
    records = read(shared_data / "credentials" / "ctdl_samples", read_ctdl)
    assert outcomes(records) == {"accepted": 24, "unreadable_file": 3, "wrong_type": 3}
    driving = [r for r in records if isinstance(r, Credential) and r.source_id.startswith("ce-f8885b28")]
    assert [(r.hours, r.cost, r.cost_currency, r.region) for r in driving] == [(160, 4695, "USD", "US-IL")] * 2
    assert all(r.delivery_mode is None and r.delivery_stated for r in driving)


def test_registry_schemas_are_no_credentials(shared_data: Path) -> None:
    records = read(shared_data / "credentials" / "ctdl_registry", read_ctdl)
    assert outcomes(records) == {"accepted": 12, "wrong_type": 44}
