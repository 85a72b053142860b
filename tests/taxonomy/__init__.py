"""Tests of `pipeline.taxonomy`."""
