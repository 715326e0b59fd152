"""Three-way merge of texts, the same in every language that implements it.

A text is cut into tokens: runs of ASCII white space (space, tab, line feed, carriage return) and
runs of anything else. Each side's edits against the ancestor are found by a longest common
subsequence that prefers, on a tie, to advance in the ancestor first. Two edits that touch the same
tokens fail the merge, unless they are equal; two pure insertions at one place are both kept, the
lesser text first (by code points).

Source of the scheme: Khanna, Kunal and Pierce, "A Formal Investigation of Diff3" (2007).
"""

from __future__ import annotations

import re
from typing import NamedTuple

TOKEN_PAIRS_MAX = 1_000_000
"""Beyond this many pairs of differing tokens the merge gives up, and a person decides."""

_TOKENS = re.compile(r"[ \t\n\r]+|[^ \t\n\r]+")


class Edit(NamedTuple):
    """Tokens `start` to `end` of the ancestor become `replacement`."""

    start: int
    end: int
    replacement: tuple[str, ...]


def tokens(text: str) -> list[str]:
    """Cut a text into runs of white space and runs of the rest."""
    return _TOKENS.findall(text)


def _common_prefix(left: list[str], right: list[str]) -> int:
    length = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        length += 1
    return length


def edits(ancestor: list[str], side: list[str]) -> list[Edit] | None:
    """Return the edits that turn `ancestor` into `side`, or None when the texts are too long."""
    head = _common_prefix(ancestor, side)
    tail = _common_prefix(ancestor[head:][::-1], side[head:][::-1])
    old = ancestor[head : len(ancestor) - tail]
    new = side[head : len(side) - tail]
    if len(old) * len(new) > TOKEN_PAIRS_MAX:
        return None
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            lengths[i][j] = (
                lengths[i + 1][j + 1] + 1
                if old[i] == new[j]
                else max(lengths[i + 1][j], lengths[i][j + 1])
            )
    found: list[Edit] = []
    i = j = start = first = 0

    def close() -> None:
        if start < i or first < j:
            found.append(Edit(head + start, head + i, tuple(new[first:j])))

    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            close()
            i, j = i + 1, j + 1
            start, first = i, j
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    i, j = len(old), len(new)
    close()
    return found


def _combine(left: Edit, right: Edit) -> list[Edit] | None:
    """Combine two edits of the same place; None when they contradict each other."""
    if left == right:
        return [left]
    if left.start == left.end == right.start == right.end:
        first, second = sorted((left, right), key=lambda edit: edit.replacement)
        return [first, second]
    return None


def _touch(left: Edit, right: Edit) -> bool:
    return left.start <= right.end and right.start <= left.end


def merge_texts(ancestor: str, left: str, right: str) -> str | None:
    """Merge two texts made from one ancestor; None when their edits touch each other."""
    if right in {left, ancestor}:
        return left
    if left == ancestor:
        return right
    base = tokens(ancestor)
    mine, theirs = edits(base, tokens(left)), edits(base, tokens(right))
    if mine is None or theirs is None:
        return None
    plan: list[Edit] = []
    while mine and theirs:
        if not _touch(mine[0], theirs[0]):
            plan.append((mine if mine[0] < theirs[0] else theirs).pop(0))
            continue
        both = _combine(mine.pop(0), theirs.pop(0))
        if both is None:
            return None
        plan.extend(both)
    merged: list[str] = []
    position = 0
    for edit in (*plan, *mine, *theirs):
        if edit.start < position:
            return None
        merged += base[position : edit.start]
        merged += edit.replacement
        position = edit.end
    return "".join((*merged, *base[position:]))
