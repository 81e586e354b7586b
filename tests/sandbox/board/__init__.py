"""The board: the whole sandbox on one web page, live."""

from tests.sandbox.board.board import Board

__all__ = ["Board"]
