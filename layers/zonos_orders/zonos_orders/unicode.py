"""Text that can be stored."""


def is_utf8(text: str) -> bool:
    """Say whether UTF-8 can hold the text: JSON can escape half a surrogate pair, which no UTF-8 can say."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
