/** One order, invoice or payment: what it says, where it stands, and what may be done with it. */

import { useState } from "react";
import { Link, useParams } from "react-router";
import { money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { May } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRow, useRows } from "../../../app/workplace";
import { Button, Empty, LinkButton, Notice, Panel, ScreenHead } from "../../../components/basics";
import { AreaField } from "../../../components/fields";
import { SyncMark } from "../../../components/SyncMark";
import { WatchButton } from "../../../components/WatchButton";
import type { Values } from "../../../engine/schema";
import type { Edit } from "../../../replica/editing";
import type { Entity } from "../../../replica/view";
import { Decision, useAwaited } from "../Approvals";
import HistoryToggle from "../HistoryToggle";
import { StateBadge } from "../StateBadge";
import { useValues } from "../values";
import { ClaimLines } from "./ClaimLines";
import { CoveredExpenses } from "./CoveredExpenses";
import { nameOf } from "./choices";
import { MatchBadge } from "./MatchBadge";
import { PaymentsOf } from "./PaymentsOf";
import {
  balanceOf,
  hasEditable,
  isPaperKind,
  isPayable,
  movesOf,
  PAPERS,
  type PaperKind,
  type PaperMove,
  type PaperTable,
  tabOf,
} from "./papers";
import { Words } from "./Words";

/** What is told of each kind, in the order of the paper. */
const TOLD: Record<PaperKind, readonly string[]> = {
  orders: ["number", "reference", "date", "delivery_date", "amount", "invoiced", "category"],
  received: ["reference", "kind", "date", "due", "amount", "tax_amount", "category"],
  issued: [
    "number",
    "kind",
    "period_start",
    "period_finish",
    "date",
    "due",
    "amount",
    "tax_amount",
  ],
  payments: ["amount", "kind", "date", "method", "reference", "reason"],
};

export default function PaperDetail() {
  const { kind, paper: id } = useParams();
  const { t, o } = useOfficeWords();
  const project = useProject();
  const row = useRow(isPaperKind(kind) ? PAPERS[kind] : "payment", id);
  if (project === undefined || row === undefined) return null;
  if (!isPaperKind(kind) || !project || row === null) {
    return (
      <>
        <ScreenHead back="/budget" backLabel={t("common.back")} title={o("budget.title")} />
        <Empty icon="document" title={o("paper.unknown")} />
      </>
    );
  }
  return <Paper key={row.id} kind={kind} project={project} row={row} />;
}

function titleFor(row: Entity<PaperTable>): string {
  if ("invoice_table" in row) return "";
  if ("supplier" in row && "reference" in row && "due" in row) {
    return `${row.supplier} · ${row.reference}`;
  }
  if ("client" in row) return `${row.client} · ${row.title}`;
  const named = row as { supplier: string; title?: string; reference?: string | null };
  return `${named.supplier} · ${named.title ?? named.reference ?? ""}`;
}

function Paper({
  kind,
  project,
  row,
}: {
  kind: PaperKind;
  project: Entity<"project">;
  row: Entity<PaperTable>;
}) {
  const { t, o } = useOfficeWords();
  const awaited = useAwaited(project)?.filter((one) => one.id === row.id) ?? [];
  const status = row.status ?? (kind === "payments" ? "scheduled" : "draft");
  const reason = "decision_reason" in row ? row.decision_reason : null;
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead
        back={`/budget/${tabOf(kind)}`}
        backLabel={t("common.back")}
        title={titleFor(row) || o("table.payment")}
      >
        <StateBadge status={status} />
        <SyncMark state={row.syncState} />
        <WatchButton row={row} table={PAPERS[kind]} />
      </ScreenHead>
      {reason && status === "draft" && (
        <Notice icon="back" mood="warn" title={o("paper.sent_back")}>
          <p className="break-words">{reason}</p>
        </Notice>
      )}
      {kind === "payments" && <PaidInvoice payment={row as Entity<"payment">} />}
      <Facts kind={kind} row={row} />
      {awaited.map((one) => (
        <Decision awaited={one} key={one.onBehalfOf ?? ""} project={project.id} />
      ))}
      <May project={project.id} right={`${PAPERS[kind]}.update`}>
        <Actions kind={kind} row={row} status={status} />
      </May>
      {kind === "issued" && (
        <ClaimLines invoice={row as Entity<"client_invoice">} open={status === "draft"} />
      )}
      {kind === "received" && <CoveredExpenses invoice={row as Entity<"supplier_invoice">} />}
      {(kind === "received" || kind === "issued") && (
        <PaymentsOf invoice={row as Entity<"supplier_invoice">} />
      )}
      <Words row={row.id} scope={row.scope} />
      <HistoryToggle row={row.id} />
    </div>
  );
}

/** The facts as a list; amounts stand out. */
function Facts({ kind, row }: { kind: PaperKind; row: Entity<PaperTable> }) {
  const { o, language } = useOfficeWords();
  const { write, fieldName, personName } = useValues();
  const values = row as unknown as Values;
  const lines = useRows("budget_line", row.scope);
  const orders = useRows("purchase_order", row.scope);
  const line = lines?.find((one) => one.id === values.budget_line_id);
  const order = orders?.find((one) => one.id === values.order_id);
  const told = TOLD[kind].filter((name) => values[name] !== null && values[name] !== undefined);
  const invoice =
    kind === "received" || kind === "issued" ? (row as Entity<"supplier_invoice">) : null;
  const left = invoice === null ? null : balanceOf(invoice);
  const amount = (minor: number): string => money(minor, String(values.currency), language);
  return (
    <Panel className="p-4">
      <dl className="grid gap-x-8 gap-y-2 sm:grid-cols-[auto_1fr_auto_1fr]">
        {told.map((name) => (
          <Fact key={name} name={fieldName(name)}>
            {name === "kind" || name === "method"
              ? o(`paper.choice.${values[name]}` as never, { defaultValue: String(values[name]) })
              : write(PAPERS[kind], name, values[name], values)}
          </Fact>
        ))}
        {left !== null && invoice?.kind !== "credit_note" && (
          <>
            <Fact name={o("paper.rest_left")}>{amount(left.due)}</Fact>
            <Fact name={o("paper.retention")}>
              {amount(left.retention)}
              {invoice?.retention_due
                ? ` · ${write(PAPERS[kind], "retention_due", invoice.retention_due, values)}`
                : ""}
            </Fact>
          </>
        )}
        {line && (
          <Fact name={fieldName("budget_line_id")}>
            {line.cost_code} · {line.description ?? ""}
          </Fact>
        )}
        {order && (
          <Fact name={o("table.purchase_order")}>
            <Link className="text-accent underline" to={`/budget/orders/${order.id}`}>
              {order.number ?? ""} {order.title}
            </Link>
          </Fact>
        )}
        {"match_state" in row && row.match_state && (
          <Fact name={o("paper.match.title")}>
            <MatchBadge
              currency={row.currency}
              difference={row.match_difference}
              state={row.match_state}
            />
          </Fact>
        )}
        <Fact name={fieldName("author_id")}>{personName(row.author_id)}</Fact>
      </dl>
      {"description" in row && row.description && (
        <p className="pt-3 break-words whitespace-pre-line">{row.description}</p>
      )}
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="font-semibold break-words tabular-nums">{children}</dd>
    </>
  );
}

function PaidInvoice({ payment }: { payment: Entity<"payment"> }) {
  const bill = useRow("supplier_invoice", payment.invoice_id);
  const claim = useRow("client_invoice", payment.invoice_id);
  const kind = payment.invoice_table === "supplier_invoice" ? "received" : "issued";
  const invoice = kind === "received" ? bill : claim;
  if (!invoice) return null;
  return (
    <Link className="text-accent underline" to={`/budget/${kind}/${invoice.id}`}>
      {nameOf(invoice)}
    </Link>
  );
}

/** The moves from where it stands; a reversal says why. */
function Actions({
  kind,
  row,
  status,
}: {
  kind: PaperKind;
  row: Entity<PaperTable>;
  status: string;
}) {
  const { t, o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [asked, setAsked] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const table = PAPERS[kind];
  const move = async (to: string, why?: string): Promise<void> => {
    const after = { status: to, ...(why === undefined ? {} : { reason: why }) };
    const saved = await save(`paper.${to as PaperMove}`, [{ table, row: row.id, after } as Edit]);
    if (saved !== null) setAsked(null);
  };
  if (asked !== null) {
    return (
      <form
        className="flex max-w-2xl flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void move(asked, reason.trim());
        }}
      >
        <AreaField
          autoFocus
          label={o("approval.reason")}
          maxLength={400}
          onChange={(event) => setReason(event.target.value)}
          rows={2}
          value={reason}
        />
        <div className="flex flex-wrap gap-3">
          <Button disabled={busy || reason.trim() === ""} tone="danger" type="submit">
            {o(`paper.move.${asked}` as never)}
          </Button>
          <Button onClick={() => setAsked(null)}>{t("common.cancel")}</Button>
        </div>
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      </form>
    );
  }
  const invoice =
    kind === "received" || kind === "issued" ? (row as Entity<"supplier_invoice">) : null;
  return (
    <>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        {movesOf(kind, status).map((to) => (
          <Button
            disabled={busy}
            key={to}
            onClick={() => (to === "reversed" ? setAsked(to) : void move(to))}
            tone={
              ["submitted", "pending", "paid"].includes(to)
                ? "primary"
                : ["cancelled", "reversed"].includes(to)
                  ? "danger"
                  : "plain"
            }
          >
            {o(`paper.move.${to}` as never, { defaultValue: to })}
          </Button>
        ))}
        {hasEditable(kind, status) && (
          <LinkButton to={`/budget/${kind}/${row.id}/edit`}>{o("paper.edit")}</LinkButton>
        )}
        {kind === "orders" && status === "approved" && (
          <LinkButton icon="add" to={`/budget/received/new?order=${row.id}`}>
            {o("paper.invoice_order")}
          </LinkButton>
        )}
        {invoice !== null && isPayable(invoice) && (
          <LinkButton icon="add" to={`/budget/payments/new?invoice=${row.id}`} tone="primary">
            {o("paper.pay")}
          </LinkButton>
        )}
        {status === "draft" && kind !== "payments" && (
          <Button
            disabled={busy}
            onClick={() =>
              void save("paper.delete", [{ table, row: row.id, operation: "delete" } as Edit])
            }
          >
            {t("common.delete")}
          </Button>
        )}
      </div>
    </>
  );
}
