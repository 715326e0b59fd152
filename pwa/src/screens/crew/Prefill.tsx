/** Begin a report from what was planned for its day: the work in words, a line for what is measured. */

import { useLiveQuery } from "dexie-react-hooks";
import { useFieldWords } from "../../app/fieldWords";
import { useSaving } from "../../app/useSaving";
import { useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice } from "../../components/basics";
import { tasksAround } from "../../replica/agenda";
import type { Edit } from "../../replica/editing";
import { prefilled } from "./reports";

export function Prefill({
  project,
  report,
  date,
  written,
  begin,
  onPlanned,
}: {
  project: string;
  report: string;
  date: string;
  /** Whether the planned work is written already. */
  written: boolean;
  begin: () => Edit[];
  onPlanned: (planned: string) => void;
}) {
  const { f } = useFieldWords();
  const { busy, trouble, save } = useSaving();
  const { database } = useWorkplace();
  const scope = `project:${project}`;
  const tasks = useLiveQuery(() => tasksAround(database, scope, date), [database, scope, date]);
  const lines = useRows("report_line", scope);
  if (tasks === undefined || lines === undefined) return null;
  const { planned, lines: measured } = prefilled(tasks, date);
  const there = new Set(
    lines.filter((one) => one.report_id === report).map((one) => one.task_id ?? ""),
  );
  const fresh = measured.filter((one) => !there.has(one.task_id ?? ""));
  if (planned === "" || (written && fresh.length === 0)) return null;
  const fill = async (): Promise<void> => {
    if (!written) onPlanned(planned);
    if (fresh.length === 0) return;
    await save("report.line", [
      ...begin(),
      ...fresh.map((line) => ({
        table: "report_line" as const,
        after: { project_id: project, report_id: report, ...line },
      })),
    ]);
  };
  return (
    <>
      <Button className="self-start" disabled={busy} icon="task" onClick={() => void fill()}>
        {f("line.prefill")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </>
  );
}
