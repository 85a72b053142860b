"""Profiles, demand and matches in; the tables that answer a policy question out.

Comes in: documents, evidence and the tables of matching. Goes out: one table or two for each question, as
`pipeline.tables` describes them. Never links text and never reads the lake.
"""

from pipeline.answers.definition import definition_tables

__all__ = ["definition_tables"]
