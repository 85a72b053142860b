"""What credentials take, require and contain."""

from __future__ import annotations

from math import isnan

import pytest

from pipeline.answers.catalogue import Catalogue, read_catalogue

from .regions import credentials

RATES = {"CAD": 1.0, "USD": 1.5}


def catalogue(**facts: dict[str, object]) -> Catalogue:
    """Credentials s:a, s:b ... by what is known of them."""
    return read_catalogue(credentials({f"s:{name}": told for name, told in facts.items()}), RATES, "CAD")


def required(found: Catalogue, name: str) -> list[str]:
    return [found.ids[p] for p in found.requires.get(found.position[f"s:{name}"], [])]


@pytest.mark.parametrize(
    "named",
    [
        "s:b", "b", "https://b.example", "Safety First", "safety first.", "SAFETY FIRST (valid)", "Sécurité d'abord",
        "securite d'abord",
    ],
)  # fmt: skip
def test_a_prerequisite_is_found_by_id_address_or_title(named: str) -> None:
    told = {"title_en": "Safety First", "title_fr": "Sécurité d'abord", "url": "https://b.example"}
    found = catalogue(a={"prerequisites": [named]}, b=told, c={})
    assert required(found, "a") == ["s:b"]
    assert found.entry == {}


@pytest.mark.parametrize("named", ["Grade 10", "Safety First and more", "the safety first", ""])
def test_what_names_no_credential_is_shown_and_not_enforced(named: str) -> None:
    found = catalogue(a={"prerequisites": [named]}, b={"title_en": "Safety First"})
    assert required(found, "a") == []
    assert found.entry == {0: [named]}


def test_a_title_that_two_have_names_neither_and_an_id_comes_before_a_title() -> None:
    same = {"title_en": "Safety"}
    assert required(catalogue(a={"prerequisites": ["Safety"]}, b=same, c=same), "a") == []
    assert required(catalogue(a={"prerequisites": ["b"]}, b={}, c={"title_en": "b"}), "a") == ["s:b"]


def test_prerequisites_of_prerequisites_come_first_and_circles_end() -> None:
    found = catalogue(a={"prerequisites": ["b"]}, b={"prerequisites": ["c"]}, c={"prerequisites": ["a"]})
    assert found.before(0, 5) == (2, 1)
    assert found.before(0, 1) is None
    assert catalogue(a={"prerequisites": ["a"]}).before(0, 5) == ()


def test_a_long_chain_does_not_run_deep() -> None:
    chain = {f"c{i:04d}": {"prerequisites": [f"c{i + 1:04d}"]} for i in range(2000)}
    found = catalogue(**chain, c2000={})
    assert found.before(0, 4) is None
    assert len(found.before(0, 3000) or ()) == 2000


def test_a_credential_contains_what_counts_towards_it_and_what_that_contains() -> None:
    found = catalogue(
        a={"stackable_into": ["b"], "hours": 10}, b={"stackable_into": ["c"], "hours": 30}, c={"hours": 90}, d={},
    )  # fmt: skip
    assert found.contains(2) == {0, 1}
    assert found.contains(1) == {0}
    assert found.contains(3) == set()


def test_what_is_required_first_or_takes_more_hours_is_no_part() -> None:
    leads_up = catalogue(a={"stackable_into": ["b"]}, b={"prerequisites": ["a"]})
    assert leads_up.contains(1) == set()
    longer = catalogue(a={"stackable_into": ["b"], "hours": 48}, b={"hours": 45})
    assert longer.contains(1) == set()


def test_costs_are_converted_and_what_has_no_rate_is_not_stated() -> None:
    found = catalogue(
        a={"cost": 100}, b={"cost": 100, "cost_currency": "USD"}, c={"cost": 100, "cost_currency": "XAU"},
        d={"cost": 7, "cost_currency": None},
    )  # fmt: skip
    assert found.cost[:2].tolist() == [100, 150]
    assert isnan(found.cost[2])
    assert found.cost[3] == 7
    assert isnan(found.hours[0])


def test_what_is_online_or_names_no_region_is_offered_everywhere() -> None:
    found = catalogue(
        a={"region": "CA-AB"}, b={"region": "CA-ON"}, c={"region": "CA-ON", "delivery_mode": "online"}, d={},
    )  # fmt: skip
    assert found.offered_in("CA-AB").tolist() == [True, False, True, True]
    assert found.offered_in(None).all()
