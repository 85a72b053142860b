"""A published snapshot in, what it says to someone who asks out: ways, advice, explanations, briefs, outcomes, changes.

Never changes a snapshot. Nothing is exported here: each command imports the module that answers it, so that a command
which needs no model loads none.
"""
