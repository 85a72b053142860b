"""Hostile input for every reader, parser and the linker: what is fed to them, and what must hold of what comes out.

Comes in: bytes. Goes out: nothing, or a `BrokenPromiseError` that says which promise a reader broke. `targets.py` has
the targets, `seeds.py` whole inputs to start from, `guided.py` runs a target under a coverage-guided fuzzer, and
`corpus/` keeps the inputs that once broke something.
"""
