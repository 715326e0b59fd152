"""The merge against the naive model: same outcomes, same state, on every replica, at every step."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sync.merge import canonical, merge
from tests.sync import model
from tests.sync.follower import Follower, Merge
from tests.sync.histories import FOCUS, REPLICAS, act, intents
from tests.sync.model import Write

replicas = st.sampled_from(REPLICAS[:3])


class Replicas(RuleBasedStateMachine):
    """Three replicas edit one row and hear of each other's writes one by one, in any order."""

    merge: Merge = staticmethod(merge)

    @initialize(delete=st.sampled_from(("edit_wins", "delete_wins")), focus=FOCUS)
    def start(self, delete: str, focus: list[str]) -> None:
        """Begin with nothing, on a table of either rule of deletion."""
        table = model.every_policy(delete)
        self.focus = focus
        self.made = {replica: list[Write]() for replica in REPLICAS[:3]}
        self.followers = {replica: Follower(table, self.merge) for replica in REPLICAS[:3]}

    @rule(replica=replicas, data=st.data())
    def edit(self, replica: str, data: st.DataObject) -> None:
        """Write what a person leaves who sees what this replica shows."""
        follower = self.followers[replica]
        intent = data.draw(intents(self.focus))
        write = act(follower.table, replica, follower.known, intent)
        self.made[replica].append(write)
        follower.hear(write)

    @rule(replica=replicas, maker=replicas)
    def pull(self, replica: str, maker: str) -> None:
        """Hear the next write of another replica, whatever that one had seen."""
        follower = self.followers[replica]
        heard = sum(one.replica == maker for one in follower.known)
        for write in self.made[maker][heard : heard + 1]:
            follower.hear(write)

    @rule(replica=replicas, choice=st.integers(0, 100))
    def hear_again(self, replica: str, choice: int) -> None:
        """Hear a write a second time: it changes nothing and says so."""
        follower = self.followers[replica]
        if follower.known:
            follower.hear(follower.known[choice % len(follower.known)])

    @rule(replica=replicas)
    def reload(self, replica: str) -> None:
        """Store the row and read it back: nothing that the merge needs is lost."""
        self.followers[replica].reload()

    def teardown(self) -> None:
        """Once everyone has heard everything, everyone holds the same."""
        for replica in getattr(self, "followers", ()):
            for maker in self.made:
                for _ in self.made[maker]:
                    self.pull(replica, maker)
        rows = [one.row for one in getattr(self, "followers", {}).values() if one.row is not None]
        assert all(canonical(row) == canonical(rows[0]) for row in rows)


TestReplicas = Replicas.TestCase
TestReplicas.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
