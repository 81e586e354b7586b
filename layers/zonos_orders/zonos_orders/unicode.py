"""Text that can be stored."""


def is_utf8(text: str) -> bool:
    """Say whether UTF-8 can hold the text: JSON can escape half a surrogate pair, which no UTF-8 can say."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
