"""What can go wrong with the embedded servers."""


class StackError(RuntimeError):
    """An embedded server could not be started or reached; the message is one for people."""
