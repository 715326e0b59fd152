/** Requests for money: what is asked, of which line, and where each stands. */

import { useState } from "react";
import { date, money } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useSaving } from "../../app/useSaving";
import { useRows, useWorkplace } from "../../app/workplace";
import { Badge, Button, Empty, Notice, Panel } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";
import type { Entity } from "../../replica/view";
import type { OfProject } from "./Budget";
import { History } from "./History";
import { StateBadge } from "./StateBadge";
import { useValues } from "./values";

export function BudgetRequests({ project }: OfProject) {
  const { o } = useOfficeWords();
  const scope = `finance:${project.id}`;
  const requests = useRows("budget_request", scope);
  const lines = useRows("budget_line", scope);
  const budgets = useRows("budget", scope);
  if (requests === undefined) return null;
  if (requests.length === 0) return <Empty icon="budget" title={o("request.none")} />;
  const sorted = [...requests].sort((left, right) => right.id.localeCompare(left.id));
  return (
    <VirtualList
      height={190}
      items={sorted}
      keyOf={(one) => one.id}
      label={o("budget.tab.requests")}
    >
      {(one) => (
        <Request
          currency={
            budgets?.find((budget) => budget.id === one.budget_id)?.currency ?? project.currency
          }
          line={lines?.find((line) => line.id === one.budget_line_id)}
          request={one}
        />
      )}
    </VirtualList>
  );
}

function Request({
  request,
  line,
  currency,
}: {
  request: Entity<"budget_request">;
  line: Entity<"budget_line"> | undefined;
  currency: string;
}) {
  const { o, language } = useOfficeWords();
  const { person } = useWorkplace();
  const { personName } = useValues();
  const { busy, trouble, save } = useSaving();
  const [open, setOpen] = useState(false);
  const status = request.status ?? "draft";
  const own = request.author_id === person;
  const move = (to: "submitted" | "withdrawn"): void => {
    void save(`request.${to}`, [
      { table: "budget_request", row: request.id, after: { status: to } },
    ]);
  };
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <header className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <h2 className="min-w-0 flex-1 basis-52 break-words">
          {request.number ? `${request.number} · ` : ""}
          {request.title}
        </h2>
        <StateBadge status={status} />
      </header>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <strong className="text-xl tabular-nums">
          {money(request.amount, currency, language)}
        </strong>
        <Badge>{o(`choice.${request.kind}`)}</Badge>
        {line && (
          <span className="break-words text-muted">
            {line.cost_code} · {line.description ?? ""}
          </span>
        )}
      </p>
      {request.reason && <p className="break-words whitespace-pre-line">{request.reason}</p>}
      {request.decision_reason && (
        <p className="font-semibold break-words text-bad">{request.decision_reason}</p>
      )}
      <p className="flex flex-wrap gap-x-4 text-base text-muted">
        {personName(request.author_id)}
        {request.needed_by && (
          <span>{o("request.needed_by", { date: date(request.needed_by, language) })}</span>
        )}
        {status === "in_review" && (
          <span>{o("request.level", { level: request.level, levels: request.levels })}</span>
        )}
        <SyncMark quiet state={request.syncState} />
      </p>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        {own && ["draft", "returned"].includes(status) && (
          <Button disabled={busy} icon="sent" onClick={() => move("submitted")} tone="primary">
            {o("request.submit")}
          </Button>
        )}
        {own && ["draft", "returned", "submitted", "in_review"].includes(status) && (
          <Button disabled={busy} onClick={() => move("withdrawn")}>
            {o("request.withdraw")}
          </Button>
        )}
        <Button aria-expanded={open} icon="history" onClick={() => setOpen(!open)} tone="quiet">
          {o("history.open")}
        </Button>
      </div>
      {open && <History row={request.id} />}
    </Panel>
  );
}
