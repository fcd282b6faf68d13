"""Text meant for people is a type of its own."""


class UserError(Exception):
    """Something the asker can mend; the text is what they read: what is wrong, then what to do.

    Args:
        text: one or two sentences.
        field: the form field it belongs to, where there is one.

    """

    def __init__(self, text: str, *, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.field = field
