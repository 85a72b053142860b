"""The commands of `passerelle`, a module for each group of them; `pipeline.cli` puts them together.

Comes in: a command line. Goes out: what a person or a script reads. Never does the work itself: that is the stages'.
What a command needs is imported when it runs: `--help`, and a mistyped option, should not have to wait for it.
"""
