"""Which postings count, and how much: the window and the recency decay."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from pipeline.settings import DemandSettings, ProfileSettings
from pipeline.sql import query

STRAY_DAYS, STRAY_SHARE = 31, 50

WINDOW_SQL = """
WITH dated AS (
    SELECT p.*, date_diff('day', p.posted_on, $as_of::DATE) AS age,
           date_diff('day', p.expires_on, $as_of::DATE) AS closed
    FROM postings p
),
placed AS (  -- an undated posting counts like one that is a half-life old; a future one like one of today
    SELECT *, coalesce(age <= $window, TRUE) AND coalesce(closed <= $closed, TRUE) AS in_window,
           greatest(coalesce(vacancies, 1), 1) AS jobs,
           pow(0.5, greatest(coalesce(age::DOUBLE, $half_life), 0.0) / $half_life) AS decay
    FROM dated
),
reposted AS (
    SELECT duplicate_of, count(*) AS duplicates FROM groups WHERE duplicate_of IS NOT NULL GROUP BY duplicate_of
)
SELECT d.doc_id AS posting_id, d.source, d.title, d.language, d.employer, d.industry_code,
       lower(d.industry_scheme) AS industry_scheme, d.region, d.posted_on, d.in_window,
       CASE WHEN d.in_window THEN round(d.jobs * d.decay, 9) ELSE 0.0 END AS weight,
       d.jobs AS vacancies,
       round(d.wage_low * r.rate, 4) AS wage_low, round(d.wage_high * r.rate, 4) AS wage_high,
       d.education, d.experience_months, a.role_id, a.role_confidence, a.role_method, d.url,
       coalesce(g.duplicates, 0) AS duplicates
FROM placed d
JOIN assignments a ON a.doc_id = d.doc_id
LEFT JOIN rates r ON r.currency = coalesce(d.wage_currency, $currency)
LEFT JOIN reposted g ON g.duplicate_of = d.doc_id
WHERE d.doc_id NOT IN (SELECT doc_id FROM groups WHERE duplicate_of IS NOT NULL)
ORDER BY posting_id
"""


def reference_date(postings: pa.Table, settings: ProfileSettings) -> date | None:
    """The day that the profiles describe: the setting, else the newest posting date; None if no posting is dated.

    A date that a typing error has put into the future would move all others out of the window. So the newest ones do
    not count where they stand alone: at most one posting in `STRAY_SHARE`, more than `STRAY_DAYS` after all others.
    """
    if settings.as_of:
        return date.fromisoformat(settings.as_of)
    dated = np.sort(postings["posted_on"].drop_null().to_numpy())
    if not len(dated):
        return None
    alone = np.flatnonzero(np.diff(dated) > np.timedelta64(STRAY_DAYS, "D"))
    followers = len(dated) - 1 - alone
    strays = alone[followers <= len(dated) // STRAY_SHARE]
    newest: date = dated[strays[0] if len(strays) else -1].item()
    return newest


def weigh_postings(
    documents: pa.Table,
    assignments: pa.Table,
    groups: pa.Table,
    as_of: date,
    profile: ProfileSettings,
    demand: DemandSettings,
) -> pa.Table:
    """Postings kept once each, with weight v_d = vacancies x 0.5^(age / half-life), and wages in one currency.

    Args:
        documents: posting documents, columns as `DocumentStore.current` gives them.
        assignments: doc_id, role_id, role_confidence, role_method.
        groups: doc_id, duplicate_of, similarity, as `group_duplicates` gives them.
        as_of: the day from which age is counted.
        profile: the window and the half-life.
        demand: the currency and its rates; a wage in a currency without a rate is left out.

    Returns:
        The columns of `tables.POSTINGS` save `skills`, sorted by posting_id.
    """
    rates = pa.table({
        "currency": list(demand.rates), "rate": pa.array(demand.rates.values(), pa.float64()),
    })  # fmt: skip
    tables = {"postings": documents, "assignments": assignments, "groups": groups, "rates": rates}
    return query(
        WINDOW_SQL,
        tables,
        {
            "as_of": as_of.isoformat(),
            "window": profile.window_days,
            "closed": profile.closed_days,
            "half_life": profile.half_life_days,
            "currency": demand.currency,
        },
    )
