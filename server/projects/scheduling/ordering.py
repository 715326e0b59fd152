"""The order in which a network is gone through, and the rings that leave it without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_order(count: int, outward: Sequence[Sequence[int]]) -> list[int]:
    """Return the nodes such that each comes after all that lead to it; rings are left out.

    Args:
        count: how many nodes there are, numbered from nought.
        outward: for each node, those that it leads to.

    """
    waiting = [0] * count
    for successors in outward:
        for successor in successors:
            waiting[successor] += 1
    order = [node for node in range(count) if not waiting[node]]
    for node in order:  # grows as it goes
        for successor in outward[node]:
            waiting[successor] -= 1
            if not waiting[successor]:
                order.append(successor)
    return order


def knots(count: int, outward: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the sets of nodes that all lead to one another, each sorted (Kosaraju's algorithm)."""
    inward: list[list[int]] = [[] for _ in range(count)]
    for node, successors in enumerate(outward):
        for successor in successors:
            inward[successor].append(node)
    seen = [False] * count
    found: list[list[int]] = []
    for root in reversed(_left_in_order(count, outward)):
        if seen[root]:
            continue
        seen[root] = True
        knot = [root]
        for node in knot:  # grows as it goes
            for other in inward[node]:
                if not seen[other]:
                    seen[other] = True
                    knot.append(other)
        if len(knot) > 1 or root in outward[root]:
            found.append(sorted(knot))
    return sorted(found)


def _left_in_order(count: int, outward: Sequence[Sequence[int]]) -> list[int]:
    """Return the nodes in the order in which a walk, deep first, leaves them for good."""
    seen = [False] * count
    left: list[int] = []
    for root in range(count):
        path = [] if seen[root] else [(root, iter(outward[root]))]
        seen[root] = True
        while path:
            node, ahead = path[-1]
            following = next((one for one in ahead if not seen[one]), None)
            if following is None:
                left.append(node)
                path.pop()
            else:
                seen[following] = True
                path.append((following, iter(outward[following])))
    return left


def ring_through(knot: Sequence[int], outward: Sequence[Sequence[int]]) -> list[int]:
    """Return a shortest ring that begins at a knot's first node, in the order of its links."""
    inside = set(knot)
    start = knot[0]
    came_from: dict[int, int] = {}
    front = [start]
    while front:
        following: list[int] = []
        for node in front:
            for successor in outward[node]:
                if successor == start:
                    ring = [node]
                    while node != start:
                        node = came_from[node]  # noqa: PLW2901 -- walks back from where it stands
                        ring.append(node)
                    return ring[::-1]
                if successor in inside and successor not in came_from:
                    came_from[successor] = node
                    following.append(successor)
        front = following
    raise AssertionError("each node of a knot leads back to itself")
