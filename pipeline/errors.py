"""Errors that a person reads: what is wrong, where, and what to do about it."""


class PasserelleError(Exception):
    """A failure that is the user's to mend; the command line prints it without a traceback.

    Attributes:
        exit_code: the process exit status that the command line ends with.
    """

    exit_code = 1


class SettingsError(PasserelleError):
    """A setting, mapping or command argument is wrong; raised before any work is done."""

    exit_code = 2


class TaxonomyError(PasserelleError):
    """A taxonomy is missing, incomplete or contradicts itself."""

    exit_code = 3


class EncoderError(PasserelleError):
    """The sentence encoder fails to load or yields vectors that cannot be right."""

    exit_code = 4


class GateError(PasserelleError):
    """The gate holds a publication back; the message names each failed check and its rows."""

    exit_code = 5


class LakeError(PasserelleError):
    """The lake, a snapshot in it, or a row that was asked for is not there or not whole."""

    exit_code = 6
