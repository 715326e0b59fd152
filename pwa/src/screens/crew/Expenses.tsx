/** The expenses of the project, newest first, and where each stands. */

import { date, money } from "../../app/format";
import { May } from "../../app/useRights";
import { useWords } from "../../app/words";
import { useProject, useRows } from "../../app/workplace";
import { Badge, Empty, LinkButton, type Mood, Panel, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";
import { FileStrip, useFilesBySubject } from "../documents/RowFiles";

const MOODS: Record<string, Mood> = {
  draft: "plain",
  submitted: "accent",
  approved: "good",
  refused: "bad",
  posted: "good",
  paid: "good",
};

export default function Expenses() {
  const { t, language } = useWords();
  const project = useProject();
  const expenses = useRows("expense", project ? `project:${project.id}` : null);
  const files = useFilesBySubject(project?.id ?? null);
  const sorted = [...(expenses ?? [])].sort(
    (left, right) => right.date.localeCompare(left.date) || right.id.localeCompare(left.id),
  );
  return (
    <>
      <ScreenHead title={t("expense.list")}>
        <May project={project?.id} right="expense.create">
          <LinkButton icon="add" to="/expenses/new" tone="primary">
            {t("enter.expense")}
          </LinkButton>
        </May>
      </ScreenHead>
      {expenses !== undefined && sorted.length === 0 && (
        <Empty icon="expense" title={t("expense.none")} />
      )}
      <VirtualList height={130} items={sorted} keyOf={(one) => one.id} label={t("expense.list")}>
        {(one) => (
          <Panel className="flex flex-col gap-2 p-4">
            <div className="flex flex-wrap items-start justify-between gap-2">
              <p className="text-xl font-bold tabular-nums">
                {money(one.amount, one.currency, language)}
              </p>
              <Badge mood={MOODS[one.status ?? "submitted"] ?? "plain"}>
                {t(`expense.status.${one.status ?? "submitted"}`)}
              </Badge>
            </div>
            <p className="break-words">{one.supplier || one.description || "—"}</p>
            <FileStrip files={files?.get(one.id) ?? []} size={64} />
            <p className="flex flex-wrap gap-x-4 text-base text-muted">
              {date(one.date, language)}
              <SyncMark state={one.syncState} />
            </p>
            {one.refusal_reason && <p className="font-semibold text-bad">{one.refusal_reason}</p>}
          </Panel>
        )}
      </VirtualList>
    </>
  );
}
