"""The one way a command says that it can't go on."""


class Refused(Exception):
    """Shown as one sentence, without a traceback; the exit status is 1."""
