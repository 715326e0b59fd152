/** Write an order, an invoice or a payment, or change one that is still open. */

import { type FormEvent, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { money, today } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRow, useRows, useWorkplace } from "../../../app/workplace";
import { Button, Empty, Notice, ScreenHead } from "../../../components/basics";
import { type Entry, RowFields } from "../../../components/RowFields";
import type { TableName } from "../../../generated/tables";
import type { Edit } from "../../../replica/editing";
import type { Entity } from "../../../replica/view";
import {
  nameOf,
  useCurrencyChoices,
  useLineChoices,
  useOrderChoices,
  usePayableChoices,
} from "./choices";
import {
  balanceOf,
  isEditable,
  isPaperKind,
  PAPERS,
  type PaperKind,
  type PaperTable,
  tabOf,
} from "./papers";
import { settingsId } from "./settings";

type AnyForm = ReturnType<typeof useRowForm<TableName>>;
type AnyEntry = Entry<never>;

/** The fields that each kind asks for, in the order of the paper. */
const ASKED: Record<PaperKind, readonly string[]> = {
  orders: [
    "supplier",
    "title",
    "reference",
    "date",
    "delivery_date",
    "amount",
    "currency",
    "budget_line_id",
    "category",
    "description",
  ],
  received: [
    "supplier",
    "reference",
    "kind",
    "order_id",
    "corrects_id",
    "date",
    "due",
    "amount",
    "tax_amount",
    "currency",
    "budget_line_id",
    "category",
    "retention_basis_points",
    "retention_due",
  ],
  issued: [
    "kind",
    "client",
    "title",
    "corrects_id",
    "period_start",
    "period_finish",
    "date",
    "due",
    "currency",
    "rounding",
    "retention_basis_points",
    "retention_due",
  ],
  payments: ["invoice_id", "kind", "amount", "date", "method", "reference"],
};

/** What a new paper is brought to at once; the other way to save it leaves it as it begins. */
const SENT: Record<PaperKind, string | null> = {
  orders: "submitted",
  received: "pending",
  issued: null,
  payments: "paid",
};

export default function PaperForm() {
  const project = useProject();
  // By itself for each project: a query whose scope changes shows the former's rows for a moment.
  return project ? <OfOneProject key={project.id} project={project} /> : null;
}

function OfOneProject({ project }: { project: Entity<"project"> }) {
  const { kind, paper: id } = useParams();
  const { o } = useOfficeWords();
  const row = useRow(isPaperKind(kind) ? PAPERS[kind] : "payment", id ?? null);
  const settings = useRow("finance_settings", settingsId(project.id));
  const scope = `finance:${project.id}`;
  const bills = useRows("supplier_invoice", scope);
  const claims = useRows("client_invoice", scope);
  const orders = useRows("purchase_order", scope);
  if (row === undefined || settings === undefined) return null;
  if (!bills || !claims || !orders) return null;
  if (!isPaperKind(kind) || (id !== undefined && row === null)) {
    return <Empty icon="document" title={o("paper.unknown")} />;
  }
  return (
    <Form
      invoices={[...bills, ...claims]}
      key={`${kind}:${id ?? "new"}`}
      kind={kind}
      orders={orders}
      project={project}
      row={row}
      settings={settings}
    />
  );
}

interface Known {
  kind: PaperKind;
  project: Entity<"project">;
  row: Entity<PaperTable> | null;
  settings: Entity<"finance_settings"> | null;
  orders: readonly Entity<"purchase_order">[];
  invoices: readonly (Entity<"supplier_invoice"> | Entity<"client_invoice">)[];
}

/** Return what stands in a new paper: today, the project's money, and what it was begun from. */
function begunFor(known: Known, search: URLSearchParams): Record<string, unknown> {
  const { kind, project, settings, orders, invoices } = known;
  const common = { date: today(), currency: project.currency };
  if (kind === "received") {
    const order = orders.find((one) => one.id === search.get("order"));
    const retention = settings?.retention_basis_points ?? null;
    const first = { ...common, kind: "invoice", retention_basis_points: retention };
    if (order === undefined) return first;
    return {
      ...first,
      order_id: order.id,
      supplier: order.supplier,
      currency: order.currency,
      category: order.category ?? null,
      budget_line_id: order.budget_line_id ?? null,
      amount: Math.max(0, order.amount - (order.invoiced ?? 0)),
    };
  }
  if (kind === "issued") {
    const retention_basis_points = settings?.retention_basis_points ?? null;
    return { ...common, kind: "progress", client: settings?.client ?? "", retention_basis_points };
  }
  if (kind === "payments") {
    const invoice = invoices.find((one) => one.id === search.get("invoice"));
    if (invoice === undefined) return { ...common, kind: "invoice" };
    const { due, retention } = balanceOf(invoice);
    return {
      date: today(),
      currency: invoice.currency,
      invoice_id: invoice.id,
      kind: due > 0 ? "invoice" : "retention",
      amount: due > 0 ? due : retention,
      method: "transfer",
    };
  }
  return common;
}

function Form(known: Known) {
  const { kind, project, row, invoices } = known;
  const { t, o, language } = useOfficeWords();
  const { person } = useWorkplace();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { busy, trouble, save } = useSaving();
  const [origin] = useState(() => search.toString());
  const table = PAPERS[kind];
  const form = useRowForm({
    table: table as TableName,
    draft: `${table}:${row?.id ?? `new:${origin}`}`,
    row: row as never,
    names: ASKED[kind] as never,
    begun: begunFor(known, search) as never,
    currency: project.currency,
  });
  const entries = useEntries(known, form);
  const invoice = invoices.find((one) => one.id === form.values.invoice_id);
  const payable = invoice === undefined ? null : balanceOf(invoice);
  const back = row === null ? `/budget/${tabOf(kind)}` : `/budget/${kind}/${row.id}`;

  const submit = async (status: string | null): Promise<void> => {
    const read = form.read();
    if (read === null) return;
    const after: Record<string, unknown> = { ...read };
    if (row === null) {
      Object.assign(after, { project_id: project.id, author_id: person });
      after.status = status ?? (kind === "payments" ? "scheduled" : "draft");
      if (kind === "payments") {
        if (invoice === undefined) return;
        after.invoice_table = "supplier" in invoice ? "supplier_invoice" : "client_invoice";
        after.currency = invoice.currency;
      }
    } else if (Object.keys(after).length === 0) {
      await form.clear();
      await navigate(back);
      return;
    }
    const edit = { table, after, ...(row === null ? {} : { row: row.id }) } as Edit;
    const saved = await save(row === null ? "paper.write" : "paper.change", [edit]);
    if (saved === null) return;
    await form.clear();
    await navigate(`/budget/${kind}/${saved[0]}`);
  };

  return (
    <>
      <ScreenHead
        back={back}
        backLabel={t("common.back")}
        title={o(row === null ? `paper.new_${kind}` : `paper.edit_${kind}`)}
      />
      <form
        className="flex max-w-4xl flex-col gap-5"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void submit(row === null ? SENT[kind] : null);
        }}
      >
        <RowFields entries={entries as never} form={form} />
        {payable !== null && invoice !== undefined && (
          <p className="text-muted">
            {o("paper.left_of", {
              due: money(payable.due, invoice.currency, language),
              retention: money(payable.retention, invoice.currency, language),
            })}
          </p>
        )}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <div className="flex flex-wrap gap-3">
          <Button disabled={busy} icon="check" tone="primary" type="submit">
            {o(row === null ? `paper.send_${kind}` : "paper.save")}
          </Button>
          {row === null && SENT[kind] !== null && (
            <Button disabled={busy} icon="saved" onClick={() => void submit(null)}>
              {o(kind === "payments" ? "paper.schedule" : "paper.keep_draft")}
            </Button>
          )}
        </div>
      </form>
    </>
  );
}

/** Return the form's fields with their words and choices; those that do not apply are left out. */
function useEntries(known: Known, form: AnyForm): AnyEntry[] {
  const { kind, project, row, orders, invoices } = known;
  const { o } = useOfficeWords();
  const lines = useLineChoices(project);
  const orderChoices = useOrderChoices(orders);
  const payable = usePayableChoices(invoices, form.values.invoice_id ?? "");
  const currencies = useCurrencyChoices(project);
  const status = (row as { status?: string | null } | null)?.status ?? "draft";
  const table = PAPERS[kind];
  const corrected = invoices
    .filter((one) => "supplier" in one === (table === "supplier_invoice"))
    .filter((one) => one.kind !== "credit_note" && ["approved", "paid"].includes(one.status ?? ""))
    .map((one) => ({ value: one.id, label: nameOf(one) }));
  const choices: Record<string, AnyEntry["choices"]> = {
    budget_line_id: lines,
    order_id: orderChoices,
    invoice_id: payable,
    currency: currencies,
    corrects_id: corrected,
  };
  const credit = form.values.kind === "credit_note";
  return ASKED[kind]
    .filter((name) => name !== "corrects_id" || credit)
    .filter((name) => name !== "order_id" || !credit)
    .filter((name) => !name.startsWith("retention") || !credit)
    .map((name) => ({
      name: name as never,
      label: o(`field.${name}` as never, { defaultValue: name }),
      choices: choices[name],
      word: (value: string) =>
        o(`paper.choice.${value}` as never, {
          defaultValue: o(`choice.${value}` as never, { defaultValue: value }),
        }),
      help: name === "due" ? o("paper.due_help") : undefined,
      disabled: row !== null && !isEditable(kind, status, name),
    }));
}
