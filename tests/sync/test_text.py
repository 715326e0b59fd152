"""Laws of the three-way merge of texts."""

from hypothesis import given
from hypothesis import strategies as st

from sync.text import edits, merge_texts, tokens

WORDS = st.lists(st.sampled_from(("a", "b", "c", " ", "  ", "\n", "d e")), max_size=10).map("".join)


@given(WORDS)
def test_tokens_are_the_text(text: str) -> None:
    """Put together again, the tokens are the text."""
    assert "".join(tokens(text)) == text


@given(WORDS, WORDS)
def test_edits_lead_from_one_text_to_the_other(ancestor: str, side: str) -> None:
    """Applying the edits to the ancestor's tokens gives the side."""
    base = tokens(ancestor)
    found = edits(base, tokens(side))
    assert found is not None
    for edit in reversed(found):
        base[edit.start : edit.end] = edit.replacement
    assert "".join(base) == side


@given(WORDS, WORDS, WORDS)
def test_sides_may_be_swapped(ancestor: str, left: str, right: str) -> None:
    """The merge does not know who came first."""
    assert merge_texts(ancestor, left, right) == merge_texts(ancestor, right, left)


@given(WORDS, WORDS)
def test_an_unchanged_side_leaves_the_other(ancestor: str, side: str) -> None:
    """Merging with the ancestor gives the other side, and equal sides give themselves."""
    assert merge_texts(ancestor, ancestor, side) == side
    assert merge_texts(ancestor, side, side) == side


@given(
    st.lists(st.sampled_from("abcdef"), min_size=3, max_size=12),
    st.data(),
)
def test_edits_of_different_words_are_both_kept(words: list[str], data: st.DataObject) -> None:
    """Two people who change different words both see their words in the merge."""
    places = st.integers(0, len(words) - 1)
    here, there = data.draw(st.tuples(places, places).filter(lambda pair: pair[0] != pair[1]))
    left, right, both = list(words), list(words), list(words)
    left[here] = both[here] = "LEFT"
    right[there] = both[there] = "RIGHT"
    merged = merge_texts(" ".join(words), " ".join(left), " ".join(right))
    assert merged == " ".join(both)


def test_edits_of_one_word_need_a_person() -> None:
    """Two answers to the same question are not mixed."""
    assert merge_texts("pump one runs", "pump two runs", "pump three runs") is None


def test_additions_at_one_place_are_both_kept() -> None:
    """Two crews who add a line at the end of a report both keep their line."""
    merged = merge_texts("Morning.\n", "Morning.\nWelded 3.\n", "Morning.\nPoured 2.\n")
    assert merged == "Morning.\nPoured 2.\nWelded 3.\n"


def test_texts_too_different_to_compare_need_a_person() -> None:
    """A merge that would take too long is given up, not attempted."""
    old, new, other = (" ".join(f"{mark}{n}" for n in range(1_500)) for mark in "abc")
    assert merge_texts(old, new, other) is None
