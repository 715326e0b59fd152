"""Write the conformance files anew: `python -m sync.vectors`; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from sync.vectors.build import contents

FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Write what differs and name it; with `--check`, exit with 1 instead of writing."""
    check = "--check" in arguments
    stale = [
        (FOLDER / name, content)
        for name, content in contents().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_bytes() != content
    ]
    for path, content in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.name}\n")
        if not check:
            path.write_bytes(content)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
