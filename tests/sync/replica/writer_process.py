"""A process that saves entries for as long as it lives, and prints each once it is saved.

python -m tests.sync.replica.writer_process FILE TASK COUNT
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sync.replica import Edit, Replica


def main() -> None:
    """Save entries, and say so after each."""
    path, task, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    replica = Replica.open(path, clock=lambda: int(time.time() * 1000), random=os.urandom)
    for _ in range(count):
        shown = replica.row(task)
        if shown is None:
            raise SystemExit("the task is gone")
        spent = shown.values.get("hours_spent_minutes", 0)
        counter = replica.edit(
            "task.count", [Edit("task", task, after={"hours_spent_minutes": spent + 1})]
        )
        sys.stdout.write(f"{counter}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
