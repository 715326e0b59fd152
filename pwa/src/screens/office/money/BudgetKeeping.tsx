/** What is done with a whole budget: lines added, locked for good, its versions read. */

import { useState } from "react";
import { useServer } from "../../../app/asking";
import { amount, moment, money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { Button, LinkButton, Notice, Panel } from "../../../components/basics";
import { SyncMark } from "../../../components/SyncMark";
import type { Entity } from "../../../replica/view";

/** As `GET /api/budget/projects/{project}/budgets/{budget}/versions` answers. */
interface Versions {
  currency: string;
  versions: {
    number: number;
    amount: number;
    cause: "locked" | "request";
    made_at: number;
    title: string | null;
    request_number: number | null;
    moved: { line: string; before: number; after: number }[];
  }[];
}

export function BudgetKeeping({
  budget,
  lines,
}: {
  budget: Entity<"budget">;
  lines: readonly Entity<"budget_line">[];
}) {
  const { t, o, language } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [asked, setAsked] = useState(false);
  const [versions, setVersions] = useState(false);
  const keeps = useRights().may("budget.update", budget.project_id);
  const locked = budget.status === "locked";
  const sum = lines.reduce((total, line) => total + line.amount, 0);
  const lock = async (): Promise<void> => {
    const saved = await save("budget.lock", [
      { table: "budget", row: budget.id, after: { status: "locked" } },
    ]);
    if (saved !== null) setAsked(false);
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        {keeps && (
          <>
            <LinkButton icon="add" to={`/budget/budgets/${budget.id}/lines/new`}>
              {o("keeping.new_line")}
            </LinkButton>
            <LinkButton to={`/budget/budgets/${budget.id}`}>{o("keeping.edit_budget")}</LinkButton>
          </>
        )}
        {locked && (
          <Button aria-expanded={versions} icon="history" onClick={() => setVersions(!versions)}>
            {o("keeping.versions")}
          </Button>
        )}
        {keeps && !locked && (
          <Button disabled={busy || lines.length === 0} icon="lock" onClick={() => setAsked(true)}>
            {o("keeping.lock")}
          </Button>
        )}
        <SyncMark quiet state={budget.syncState} />
      </div>
      {asked && (
        <Notice icon="lock" mood="warn" title={o("keeping.lock_ask")}>
          <p>
            {o("keeping.lock_words", {
              sum: money(sum, budget.currency, language),
              amount: money(budget.amount, budget.currency, language),
            })}
          </p>
          <div className="flex flex-wrap gap-3 pt-3">
            <Button disabled={busy} onClick={() => void lock()} tone="primary">
              {o("keeping.lock")}
            </Button>
            <Button onClick={() => setAsked(false)}>{t("common.cancel")}</Button>
          </div>
        </Notice>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {versions && <VersionList budget={budget} lines={lines} />}
    </div>
  );
}

function VersionList({
  budget,
  lines,
}: {
  budget: Entity<"budget">;
  lines: readonly Entity<"budget_line">[];
}) {
  const { o, language } = useOfficeWords();
  const { data, failed } = useServer<Versions>(
    `/api/budget/projects/${budget.project_id}/budgets/${budget.id}/versions`,
  );
  if (data === undefined) {
    return failed ? <Notice icon="offline" mood="warn" title={o("keeping.versions_link")} /> : null;
  }
  const nameOf = (line: string): string =>
    lines.find((one) => one.id === line)?.cost_code ?? o("keeping.line_gone");
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <h3 className="font-bold">{o("keeping.versions")}</h3>
      <ol className="divide-y divide-line">
        {data.versions.toReversed().map((one) => (
          <li className="flex flex-col gap-1 py-2" key={one.number}>
            <p className="flex flex-wrap justify-between gap-x-4">
              <span>
                <strong>{o("keeping.version", { number: one.number })}</strong>{" "}
                {one.cause === "locked"
                  ? o("keeping.caused_lock")
                  : `${one.request_number ?? ""} · ${one.title ?? ""}`}
              </span>
              <strong className="tabular-nums">{money(one.amount, data.currency, language)}</strong>
            </p>
            <p className="flex flex-wrap gap-x-4 text-base text-muted">
              {moment(one.made_at, language)}
              {one.cause === "request" &&
                one.moved.map((move) => (
                  <span className="tabular-nums" key={move.line}>
                    {nameOf(move.line)} : {amount(move.before, data.currency, language)} →{" "}
                    {amount(move.after, data.currency, language)}
                  </span>
                ))}
            </p>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
