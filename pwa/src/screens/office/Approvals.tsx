/** What waits for one's word: approve, refuse, or send back, also without a network. */

import { useState } from "react";
import { useServer } from "../../app/asking";
import { ago, money } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { May, useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useRows, useWorkplace } from "../../app/workplace";
import { Badge, Button, Empty, LinkButton, Notice, Panel } from "../../components/basics";
import { AreaField } from "../../components/fields";
import type { OfProject } from "./Budget";
import { type Awaited, awaitsWordOf, hasSpoken, isWaiting, type SubjectTable } from "./reviewing";
import { titleOf, useValues } from "./values";

/** As `GET /api/budget/awaiting` answers: it knows for whom one stands in. */
interface AwaitingRecord {
  project: string;
  subject_table: SubjectTable;
  subject: string;
  title: string;
  amount: number;
  currency: string | null;
  round: number;
  level: number;
  levels: number;
  waiting_since: number | null;
  author: string;
  on_behalf_of: string | null;
}

export function Approvals({ project }: OfProject) {
  const { o } = useOfficeWords();
  const awaited = useAwaited(project);
  if (awaited === undefined) return null;
  return (
    <div className="flex flex-col gap-4">
      <May project={project.id} right="approval.create">
        <div>
          <LinkButton icon="people" to="/profile" tone="quiet">
            {o("away.add")}
          </LinkButton>
        </div>
      </May>
      {awaited.length === 0 && <Empty icon="check" title={o("approval.none")} />}
      <ul className="grid gap-3 lg:grid-cols-2">
        {awaited.map((one) => (
          <li key={`${one.id}:${one.onBehalfOf ?? ""}`}>
            <Decision awaited={one} project={project.id} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Return what waits for the person here, as the replica knows it, and in others' names. */
export function useAwaited(project: OfProject["project"]): Awaited[] | undefined {
  const { language } = useOfficeWords();
  const { person } = useWorkplace();
  const scope = `finance:${project.id}`;
  const rights = useRights();
  const budgets = useRows("budget", scope);
  const approvals = useRows("approval", scope);
  const requests = useRows("budget_request", scope);
  const orders = useRows("purchase_order", scope);
  const bills = useRows("supplier_invoice", scope);
  const claims = useRows("client_invoice", scope);
  const online = useServer<{ awaiting: AwaitingRecord[] }>("/api/budget/awaiting");
  if (!requests || !orders || !bills || !claims || !approvals || !budgets) return undefined;
  const role = rights.roleIn(project.id) ?? "employee";
  const rows = [
    ...requests.map((row) => ({
      table: "budget_request" as const,
      row,
      currency: budgets.find((one) => one.id === row.budget_id)?.currency,
    })),
    ...orders.map((row) => ({ table: "purchase_order" as const, row, currency: row.currency })),
    ...bills.map((row) => ({ table: "supplier_invoice" as const, row, currency: row.currency })),
    ...claims.map((row) => ({ table: "client_invoice" as const, row, currency: row.currency })),
  ];
  const mine: Awaited[] = rows
    .filter(({ table, row }) => isWaiting(table, row) && awaitsWordOf(row, person, role))
    .map(({ table, row, currency }) => ({
      table,
      id: row.id,
      title: titleOf(row as never, language),
      amount: row.amount ?? 0,
      currency: currency ?? project.currency,
      round: row.round ?? 1,
      level: row.level ?? 1,
      levels: row.levels ?? 1,
      since: row.waiting_since ?? null,
      author: row.author_id,
      onBehalfOf: null,
    }));
  const others: Awaited[] = (online.data?.awaiting ?? [])
    .filter((one) => one.project === project.id && one.on_behalf_of !== null)
    .map((one) => ({
      table: one.subject_table,
      id: one.subject,
      title: one.title,
      amount: one.amount,
      currency: one.currency ?? project.currency,
      round: one.round,
      level: one.level,
      levels: one.levels,
      since: one.waiting_since,
      author: one.author,
      onBehalfOf: one.on_behalf_of,
    }));
  return [...mine, ...others]
    .filter((one) => !hasSpoken(approvals, one, person))
    .sort((left, right) => (left.since ?? 0) - (right.since ?? 0));
}

export function Decision({ awaited, project }: { awaited: Awaited; project: string }) {
  const { t, o, language } = useOfficeWords();
  const rights = useRights();
  const { person } = useWorkplace();
  const { tableName, personName } = useValues();
  const { busy, trouble, save } = useSaving();
  const [asked, setAsked] = useState<"rejected" | "returned" | null>(null);
  const [reason, setReason] = useState("");
  const decide = (decision: "approved" | "rejected" | "returned"): void => {
    void save(`approval.${decision}`, [
      {
        table: "approval",
        after: {
          project_id: project,
          subject_table: awaited.table,
          subject_id: awaited.id,
          round: awaited.round,
          level: awaited.level,
          amount: awaited.amount,
          decision,
          author_id: person,
          ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
          ...(awaited.onBehalfOf === null ? {} : { on_behalf_of: awaited.onBehalfOf }),
        },
      },
    ]);
  };
  return (
    <Panel className="flex h-full flex-col gap-3 p-4">
      <p className="flex flex-wrap items-center gap-3">
        <Badge icon="clock" mood="accent">
          {tableName(awaited.table)}
        </Badge>
        {awaited.levels > 1 && (
          <span className="text-base text-muted">
            {o("request.level", { level: awaited.level, levels: awaited.levels })}
          </span>
        )}
      </p>
      <h2 className="break-words">{awaited.title}</h2>
      <p className="text-xl font-bold tabular-nums">
        {money(awaited.amount, awaited.currency, language)}
      </p>
      <p className="text-base text-muted">
        {personName(awaited.author)}
        {awaited.since !== null && ` · ${ago(awaited.since, Date.now(), language)}`}
        {awaited.onBehalfOf !== null &&
          ` · ${o("approval.on_behalf", { person: personName(awaited.onBehalfOf) })}`}
      </p>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {!rights.may("approval.create", project) ? null : asked === null ? (
        <div className="mt-auto flex flex-wrap gap-3">
          <Button disabled={busy} icon="check" onClick={() => decide("approved")} tone="primary">
            {o("approval.approve")}
          </Button>
          <Button disabled={busy} onClick={() => setAsked("returned")}>
            {o("approval.return")}
          </Button>
          <Button disabled={busy} onClick={() => setAsked("rejected")} tone="danger">
            {o("approval.reject")}
          </Button>
        </div>
      ) : (
        <form
          className="mt-auto flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (reason.trim() !== "") decide(asked);
          }}
        >
          <AreaField
            autoFocus
            label={o("approval.reason")}
            maxLength={400}
            onChange={(event) => setReason(event.target.value)}
            required
            rows={2}
            value={reason}
          />
          <div className="flex flex-wrap gap-3">
            <Button
              disabled={busy || reason.trim() === ""}
              tone={asked === "rejected" ? "danger" : "primary"}
              type="submit"
            >
              {o(asked === "rejected" ? "approval.reject" : "approval.return")}
            </Button>
            <Button onClick={() => setAsked(null)}>{t("common.cancel")}</Button>
          </div>
        </form>
      )}
    </Panel>
  );
}
