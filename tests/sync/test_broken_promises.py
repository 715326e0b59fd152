"""The property tests can fail: each promise of the merge, broken on purpose, is found out."""

import sys
from random import Random
from types import ModuleType

import pytest

import sync.causes
import sync.merge
import sync.policy
import sync.sets
from tests.sync.follower import Follower, Merge
from tests.sync.histories import play

BREAKS: dict[str, tuple[ModuleType, str, str]] = {
    "a duplicate is merged again": (
        sync.merge,
        "if vector.get(replica, 0) >= number:",
        "if vector.get(replica, 0) > number:",
    ),
    "a first write may not have seen what comes late": (
        sync.merge,
        "if not (vector or change.context or change.before)",
        "if not vector",
    ),
    "contexts are ignored": (
        sync.merge,
        "one.replica == self.replica or self.context.get(one.replica, 0) >= one.counter",
        "True",
    ),
    "nothing counts as seen": (
        sync.merge,
        "return one.replica == self.replica or self.context.get(one.replica, 0) >= one.counter",
        "return False",
    ),
    "own earlier work counts as unseen": (
        sync.merge,
        "one.replica == self.replica or self.context",
        "self.context",
    ),
    "the fast path takes concurrent writes too": (
        sync.merge,
        "and (change.context == vector or _same_knowledge(change.context, vector, replica))",
        "",
    ),
    "the fast path forgets writes that will come late": (
        sync.merge,
        ") and dominates(vector, context)",
        ")",
    ),
    "the fast path ignores siblings": (
        sync.merge,
        "and (not causes.siblings or causes.siblings.keys().isdisjoint(after))",
        "",
    ),
    "the fast path ignores deletes": (sync.merge, "and causes.edits is None", ""),
    "the fast path ignores what is awaited": (sync.merge, "and causes.awaited is None", ""),
    "late writes are taken for concurrent": (
        sync.merge,
        "if self.awaited_fields.get(name, {}).get(self.replica, 0) >= self.number:",
        "if False:",
    ),
    "a late write leaves what it had seen alive": (
        sync.merge,
        "live = concurrent or stored",
        "live = stored",
    ),
    "what an editor had seen is forgotten": (
        sync.merge,
        "if self.unseen:\n            self.awaited_fields",
        "if False:\n            self.awaited_fields",
    ),
    "a restore that came before its delete is forgotten": (
        sync.merge,
        "if self.awaited_edits.get(self.replica, 0) >= self.number:",
        "if False:",
    ),
    "edits that a delete had seen lift it when they come late": (
        sync.merge,
        "late = one.unseen.get(self.replica, 0) >= self.number",
        "late = False",
    ),
    "a delete looks at the row's vector, deletes included": (
        sync.merge,
        "self.edits = self.row.vector if self.edits is None else self.edits",
        "self.edits = self.row.vector",
    ),
    "edits after a delete are not remembered": (
        sync.merge,
        "self.edits = {**self.edits, self.replica: self.number}",
        "pass",
    ),
    "a lost delete is not reported": (sync.merge, "raced = raced or not late", "pass"),
    "deletes always win": (sync.merge, "if late or not edit_wins:", "if True:"),
    "what is awaited is never forgotten": (
        sync.merge,
        "still_awaited(awaited, self.vector)",
        "awaited",
    ),
    "what is awaited is forgotten at once": (
        sync.merge,
        "still_awaited(awaited, self.vector)",
        "None",
    ),
    "a stored row drops what is awaited": (
        sync.causes,
        "return left if left.edits or left.fields or left.removals else None",
        "return left if left.edits and left.removals else None",
    ),
    "write-once keeps the one that came first": (
        sync.merge,
        "kept = write_once([*stored, Sibling(self.replica, self.number, self.time, after)])",
        "kept = [*stored, Sibling(self.replica, self.number, self.time, after)][0]",
    ),
    "an absent value counts as written once": (sync.policy, "sibling.value is None, ", "False, "),
    "a second write-once value is lost in silence": (
        sync.merge,
        "for lost in (shown, after):",
        "for lost in (shown,):",
    ),
    "ties go to whoever came last": (
        sync.merge,
        "live = sorted([*concurrent, write], key=lambda one: (one.replica, one.counter))",
        "live = [*concurrent, write]",
    ),
    "equal times are settled by position": (
        sync.policy,
        "return (sibling.time, sibling.replica, sibling.counter)",
        "return (sibling.time, '', 0)",
    ),
    "the earlier write wins": (
        sync.policy,
        "return Settled(max(siblings, key=_order).value)",
        "return Settled(min(siblings, key=_order).value)",
    ),
    "review never asks": (sync.policy, "review=differ", "review=False"),
    "a review is never settled": (sync.merge, "self.review.discard(name)", "pass"),
    "maximum keeps the smaller": (
        sync.policy,
        "max(values, default=None)",
        "min(values, default=None)",
    ),
    "a workflow goes by time alone": (sync.policy, "rank.get(sibling.value, -1)", "0"),
    "counters overwrite": (
        sync.policy,
        "return (total or 0) + (after or 0) - (before or 0)",
        "return after or 0",
    ),
    "sets overwrite": (
        sync.sets,
        "for element in sorted(set(before) - set(after)):",
        "for element in sorted(set(additions) - set(after)):",
    ),
    "a removal takes additions it never saw": (
        sync.sets,
        "if maker != replica and context.get(maker, 0) < count",
        "if False",
    ),
    "a removal is forgotten before the addition comes": (
        sync.sets,
        "if unseen:",
        "if False:",
    ),
    "a loser is not reported": (
        sync.merge,
        "known = recorded and one is not write and one.value != shown",
        "known = True",
    ),
    "only the newest loser is reported": (
        sync.merge,
        "known = recorded and one is not write and one.value != shown",
        "known = one is not write",
    ),
    "the losers of a text that stopped merging are not reported": (
        sync.merge,
        'recorded = policy != "text" or name in self.row.review',
        "recorded = True",
    ),
    "a text forgets its own replica's chain": (
        sync.merge,
        "if own else self.context",
        "if False else self.context",
    ),
    "texts always merge from the first one's start": (
        sync.policy,
        "if all(_had_seen(other, least.context) for other in siblings):",
        "if True:",
    ),
}


def broken(module: ModuleType, old: str, new: str) -> Merge:
    """Build a merge whose source has one sentence changed."""
    names = [sync.policy, sync.sets, sync.causes, sync.merge]
    fresh = {one.__name__: ModuleType(one.__name__) for one in names}
    kept = {name: sys.modules[name] for name in fresh}
    sys.modules.update(fresh)
    try:
        for one in names:
            assert one.__file__ is not None
            with open(one.__file__, encoding="utf-8") as file:  # noqa: PTH123
                source = file.read()
            if one is module:
                assert old in source, "the sentence to break is gone"
                source = source.replace(old, new)
            exec(compile(source, one.__file__, "exec"), fresh[one.__name__].__dict__)  # noqa: S102
    finally:
        sys.modules.update(kept)
    merge: Merge = fresh["sync.merge"].merge
    return merge


def play_all(merge: Merge, histories_max: int) -> None:
    """Hold as many random histories against the model; always the same ones."""
    for seed in range(histories_max):
        play(Random(seed), lambda table: Follower(table, merge))


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_merge_is_found_out(name: str) -> None:
    """Changing one sentence of the merge makes a comparison with the model fail."""
    merge = broken(*BREAKS[name])
    with pytest.raises((AssertionError, TypeError)):
        play_all(merge, 4_000)


def test_the_unbroken_merge_holds() -> None:
    """The same comparison passes on the merge as it is, also when rebuilt from its source."""
    play_all(broken(sync.merge, "class Merged", "class Merged"), 300)
