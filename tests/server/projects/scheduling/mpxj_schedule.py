"""Schedules files with MPXJ, as JSON: the second oracle of the agreement tests.

A program of its own, as `mpxj_dump` is: requests come in as lines with a file's path, and each is
answered with a line: the dates that MPXJ's own scheduler gives the first project's tasks.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Answer every request."""
    import jpype  # noqa: PLC0415  (the Java machine is started here, not at import)
    import mpxj  # noqa: F401, PLC0415  (puts MPXJ on the class path)

    jpype.startJVM("-Xmx512m", convertStrings=True)
    for request in sys.stdin:
        print(json.dumps(_scheduled(request.rstrip("\n"))), flush=True)  # noqa: T201


def _scheduled(path: str) -> dict[str, Any]:
    from org.mpxj.cpm import MicrosoftScheduler, PrimaveraScheduler  # noqa: PLC0415
    from org.mpxj.reader import UniversalProjectReader  # noqa: PLC0415

    project = UniversalProjectReader().readAll(path)[0]
    properties = project.getProjectProperties()
    microsoft = str(properties.getFileType()) == "MSPDI"
    start = properties.getStatusDate() or properties.getPlannedStart() or properties.getStartDate()
    if microsoft:
        start = properties.getStartDate()
    scheduler = MicrosoftScheduler() if microsoft else PrimaveraScheduler()
    try:
        scheduler.schedule(project, start)
    except Exception as error:  # noqa: BLE001  (a Java exception: its words are the answer)
        return {"failed": str(error)}
    return {
        "tasks": {
            str(task.getUniqueID()): {
                "early_start": _text(task.getEarlyStart()),
                "early_finish": _text(task.getEarlyFinish()),
                "late_start": _text(task.getLateStart()),
                "late_finish": _text(task.getLateFinish()),
                "total_float": _minutes(task.getTotalSlack(), properties),
                "free_float": _minutes(task.getFreeSlack(), properties),
                "longest_path": bool(task.getLongestPath()),
                "critical": bool(task.getCritical()),
            }
            for task in project.getTasks()
            if not task.getSummary()
        }
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _minutes(value: Any, properties: Any) -> int | None:
    from org.mpxj import TimeUnit  # noqa: PLC0415

    if value is None:
        return None
    return round(float(value.convertUnits(TimeUnit.MINUTES, properties).getDuration()))


if __name__ == "__main__":
    main()
