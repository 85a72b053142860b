"""Passerelle: links what microcredentials teach to what employers ask for, in English and French."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("passerelle")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+uninstalled"
