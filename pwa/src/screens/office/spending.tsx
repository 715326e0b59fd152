/** Orders, invoices and payments of a project, as tables. */

import { date, money } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useRows } from "../../app/workplace";
import { Empty } from "../../components/basics";
import { type Column, DataTable } from "../../components/DataTable";
import type { OfProject } from "./Budget";
import { StateBadge } from "./StateBadge";

interface Paper {
  id: string;
  number: string;
  party: string;
  title: string;
  date: string;
  due: string | null;
  amount: number;
  settled: number | null;
  currency: string;
  status: string;
}

export function Orders({ project }: OfProject) {
  const rows = useRows("purchase_order", `finance:${project.id}`);
  const papers = rows?.map((one) => ({
    id: one.id,
    number: one.reference ?? String(one.number ?? ""),
    party: one.supplier,
    title: one.title,
    date: one.date,
    due: one.delivery_date ?? null,
    amount: one.amount,
    settled: one.invoiced ?? 0,
    currency: one.currency,
    status: one.status ?? "draft",
  }));
  return <Papers name="orders" papers={papers} settled="invoiced" />;
}

export function Invoices({ project }: OfProject) {
  const { o } = useOfficeWords();
  const scope = `finance:${project.id}`;
  const bills = useRows("supplier_invoice", scope);
  const claims = useRows("client_invoice", scope);
  const received = bills?.map((one) => ({
    id: one.id,
    number: one.reference,
    party: one.supplier,
    title: one.category ?? "",
    date: one.date,
    due: one.due ?? null,
    amount: one.amount + (one.tax_amount ?? 0),
    settled: one.paid_amount ?? 0,
    currency: one.currency,
    status: one.status ?? "draft",
  }));
  const issued = claims?.map((one) => ({
    id: one.id,
    number: String(one.number ?? ""),
    party: one.client,
    title: one.title,
    date: one.date,
    due: one.due ?? null,
    amount: (one.amount ?? 0) + (one.tax_amount ?? 0),
    settled: one.paid_amount ?? 0,
    currency: one.currency,
    status: one.status ?? "draft",
  }));
  return (
    <div className="flex flex-col gap-6">
      <section className="flex flex-col gap-3">
        <h2>{o("paper.received")}</h2>
        <Papers name="received" papers={received} settled="paid" />
      </section>
      <section className="flex flex-col gap-3">
        <h2>{o("paper.issued")}</h2>
        <Papers name="issued" papers={issued} settled="paid" />
      </section>
    </div>
  );
}

export function Payments({ project }: OfProject) {
  const scope = `finance:${project.id}`;
  const payments = useRows("payment", scope);
  const bills = useRows("supplier_invoice", scope);
  const claims = useRows("client_invoice", scope);
  const papers = payments?.map((one) => {
    const bill = bills?.find((other) => other.id === one.invoice_id);
    const claim = claims?.find((other) => other.id === one.invoice_id);
    return {
      id: one.id,
      number: one.reference ?? "",
      party: bill?.supplier ?? claim?.client ?? "—",
      title: bill?.reference ?? claim?.title ?? "",
      date: one.date,
      due: null,
      // What goes out is below zero.
      amount: one.invoice_table === "supplier_invoice" ? -one.amount : one.amount,
      settled: null,
      currency: one.currency,
      status: one.status ?? "scheduled",
    };
  });
  return <Papers name="payments" papers={papers} settled={null} />;
}

function Papers({
  name,
  papers,
  settled,
}: {
  name: "orders" | "received" | "issued" | "payments";
  papers: Paper[] | undefined;
  settled: "invoiced" | "paid" | null;
}) {
  const { o, language } = useOfficeWords();
  if (papers === undefined) return null;
  const label = o(`paper.${name}`);
  if (papers.length === 0)
    return <Empty icon="document" title={o("paper.none", { what: label })} />;
  const columns: Column<Paper>[] = [
    { key: "number", label: o("paper.number"), value: (one) => one.number },
    {
      key: "party",
      label: o("paper.party"),
      value: (one) => one.party,
      show: (one) => (
        <span className="flex min-w-40 flex-col">
          <strong>{one.party}</strong>
          <span className="text-muted">{one.title}</span>
        </span>
      ),
    },
    {
      key: "date",
      label: o("field.date"),
      value: (one) => one.date,
      show: (one) => date(one.date, language),
    },
    ...(papers.some((one) => one.due !== null)
      ? [
          {
            key: "due",
            label: o("field.due"),
            value: (one: Paper) => one.due,
            show: (one: Paper) => (one.due === null ? "—" : date(one.due, language)),
          },
        ]
      : []),
    {
      key: "amount",
      label: o("field.amount"),
      value: (one) => one.amount,
      show: (one) => money(one.amount, one.currency, language),
      numeric: true,
    },
    ...(settled === null
      ? []
      : [
          {
            key: "settled",
            label: o(`paper.settled_${settled}`),
            value: (one: Paper) => one.settled,
            show: (one: Paper) => money(one.settled ?? 0, one.currency, language),
            numeric: true,
          },
        ]),
    {
      key: "status",
      label: o("field.status"),
      value: (one) => o(`choice.${one.status}` as never, { defaultValue: one.status }),
      show: (one) => <StateBadge status={one.status} />,
    },
  ];
  return <DataTable columns={columns} first="date" label={label} rows={papers} />;
}
