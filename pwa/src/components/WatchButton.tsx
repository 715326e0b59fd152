/** Hear what becomes of a row, or no longer: kept in one's own scope, and so made offline too. */

import { useRights } from "../app/useRights";
import { useSaving } from "../app/useSaving";
import { useWords } from "../app/words";
import { useRows, useWorkplace } from "../app/workplace";
import type { Watch } from "../generated/tables";
import type { Entity } from "../replica/view";
import { Button, Notice } from "./basics";

/** For anything but tasks. */
export function WatchButton({
  table,
  row,
  className,
}: {
  table: Watch["subject_table"];
  row: { id: string; scope: string };
  className?: string;
}) {
  const { person } = useWorkplace();
  const watches = useRows("watch", `user:${person}`);
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  if (watches === undefined || !rights.may("watch.create")) return null;
  // Two of one's devices may each have made one.
  const mine = watches.filter((one) => one.subject_id === row.id);
  const change = async (): Promise<void> => {
    if (mine.length > 0) {
      const ends = mine.map((one) => ({
        table: "watch" as const,
        row: one.id,
        operation: "delete" as const,
      }));
      await save("watch.stop", ends);
      return;
    }
    const after = {
      person_id: person,
      subject_scope: row.scope,
      subject_table: table,
      subject_id: row.id,
    };
    await save("watch.start", [{ table: "watch", after }]);
  };
  return (
    <Toggle
      busy={busy}
      className={className}
      on={mine.length > 0}
      onChange={change}
      trouble={trouble}
    />
  );
}

/** A task names those who watch it itself. */
export function WatchTaskButton({ task }: { task: Entity<"task"> }) {
  const { person } = useWorkplace();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  if (!rights.may("task.report", task.project_id)) return null;
  const watchers = task.watchers ?? [];
  const on = watchers.includes(person);
  const change = async (): Promise<void> => {
    const left = on ? watchers.filter((one) => one !== person) : [...watchers, person].sort();
    await save(on ? "watch.stop" : "watch.start", [
      { table: "task", row: task.id, after: { watchers: left } },
    ]);
  };
  return <Toggle busy={busy} on={on} onChange={change} trouble={trouble} />;
}

function Toggle({
  on,
  busy,
  trouble,
  onChange,
  className = "",
}: {
  on: boolean;
  busy: boolean;
  trouble: string | null;
  onChange: () => Promise<void>;
  className?: string | undefined;
}) {
  const { t } = useWords();
  return (
    <>
      <Button
        className={className}
        disabled={busy}
        icon={on ? "check" : "watch"}
        onClick={() => void onChange()}
        tone={on ? "quiet" : "plain"}
      >
        {on ? t("watch.stop") : t("watch.start")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </>
  );
}
