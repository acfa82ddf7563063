"""What a file may cost at most, and how a file is refused. Nothing at the door is trusted: sizes are counted, not read from the file."""

from __future__ import annotations

MAX_BYTES = 64 * 2**20  # a file as received
MAX_UNPACKED = 256 * 2**20  # the parts of a workbook that are opened, counted while they are unpacked
MAX_ENTRIES = 5_000  # parts of a workbook
MAX_SHEETS = 50
MAX_ROWS = 100_000
MAX_COLUMNS = 512
MAX_CELLS = 2_000_000  # rows x columns of all sheets together
MAX_STRINGS = 1_000_000  # shared strings of a workbook
MAX_TEXT = 256 * 2**20  # characters of all cells together: a short file may repeat one long text
MAX_CELL = 32_767  # characters in a cell: what a spreadsheet program allows
MAX_DEPTH = 128  # elements within elements
MAX_LINE = 2 * 2**20  # characters in a line of a text file
MAX_FINDINGS = 1_000  # of one kind in one file; the rest is counted


class Unreadable(ValueError):
    """The file cannot be read; `problem` is a check id of the message catalogue, `detail` says what was seen."""

    def __init__(self, problem: str, detail: str = ""):
        super().__init__(f"{problem}: {detail}")
        self.problem, self.detail = problem, detail
