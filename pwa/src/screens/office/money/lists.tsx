/** Orders, invoices and payments of a project, as tables that lead to each paper. */

import { Link } from "react-router";
import { date, money, today } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { May } from "../../../app/useRights";
import { useRows } from "../../../app/workplace";
import { Badge, Empty, LinkButton } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import type { Entity } from "../../../replica/view";
import type { OfProject } from "../Budget";
import { StateBadge } from "../StateBadge";
import { MatchBadge } from "./MatchBadge";
import { balanceOf, grossOf, isOverdue, PAPERS, type PaperKind } from "./papers";

interface Paper {
  id: string;
  number: string;
  party: string;
  title: string;
  date: string;
  due: string | null;
  amount: number;
  /** What was invoiced of an order, what is left to pay of an invoice. */
  rest: number | null;
  currency: string;
  status: string;
  late: boolean;
  match: Entity<"supplier_invoice">["match_state"];
}

export function Orders({ project }: OfProject) {
  const rows = useRows("purchase_order", `finance:${project.id}`);
  const papers = rows?.map((one) => ({
    id: one.id,
    number: String(one.number ?? one.reference ?? ""),
    party: one.supplier,
    title: one.title,
    date: one.date,
    due: one.delivery_date ?? null,
    amount: one.amount,
    rest: one.invoiced ?? 0,
    currency: one.currency,
    status: one.status ?? "draft",
    late: false,
    match: null,
  }));
  return <Papers kind="orders" papers={papers} project={project.id} rest="invoiced" />;
}

/** Return what the table shows alike of an invoice that came and of one that went out. */
function owed(one: Entity<"supplier_invoice"> | Entity<"client_invoice">, day: string) {
  return {
    id: one.id,
    date: one.date,
    due: one.due ?? null,
    amount: grossOf(one),
    rest: balanceOf(one).due,
    currency: one.currency,
    status: one.status ?? "draft",
    late: isOverdue(one, day),
  };
}

export function Invoices({ project }: OfProject) {
  const { o } = useOfficeWords();
  const scope = `finance:${project.id}`;
  const bills = useRows("supplier_invoice", scope);
  const claims = useRows("client_invoice", scope);
  const day = today();
  const received = bills?.map((one) => ({
    ...owed(one, day),
    number: one.reference,
    party: one.supplier,
    title: one.category ?? "",
    match: one.match_state ?? null,
  }));
  const issued = claims?.map((one) => ({
    ...owed(one, day),
    number: String(one.number ?? ""),
    party: one.client,
    title: one.title,
    match: null,
  }));
  return (
    <div className="flex flex-col gap-6">
      <section className="flex flex-col gap-3">
        <h2>{o("paper.received")}</h2>
        <Papers kind="received" papers={received} project={project.id} rest="left" />
      </section>
      <section className="flex flex-col gap-3">
        <h2>{o("paper.issued")}</h2>
        <Papers kind="issued" papers={issued} project={project.id} rest="left" />
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
      number: one.reference ?? bill?.reference ?? String(claim?.number ?? ""),
      party: bill?.supplier ?? claim?.client ?? "—",
      title: bill?.reference ?? claim?.title ?? "",
      date: one.date,
      due: null,
      // What goes out is below zero.
      amount: one.invoice_table === "supplier_invoice" ? -one.amount : one.amount,
      rest: null,
      currency: one.currency,
      status: one.status ?? "scheduled",
      late: one.status === "scheduled" && one.date < today(),
      match: null,
    };
  });
  return <Papers kind="payments" papers={papers} project={project.id} rest={null} />;
}

function Papers({
  kind,
  papers,
  rest,
  project,
}: {
  kind: PaperKind;
  project: string;
  papers: Paper[] | undefined;
  rest: "invoiced" | "left" | null;
}) {
  const { o, language } = useOfficeWords();
  if (papers === undefined) return null;
  const label = o(`paper.${kind}`);
  const columns: Column<Paper>[] = [
    {
      key: "party",
      label: o("paper.party"),
      value: (one) => one.party,
      show: (one) => (
        <Link className="flex min-w-40 flex-col" to={`/budget/${kind}/${one.id}`}>
          <strong className="text-accent underline">{one.party}</strong>
          <span className="text-muted">{one.title}</span>
        </Link>
      ),
    },
    { key: "number", label: o("paper.number"), value: (one) => one.number },
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
    ...(rest === null
      ? []
      : [
          {
            key: "rest",
            label: o(`paper.rest_${rest}`),
            value: (one: Paper) => one.rest,
            show: (one: Paper) => money(one.rest ?? 0, one.currency, language),
            numeric: true,
          },
        ]),
    {
      key: "status",
      label: o("field.status"),
      value: (one) => o(`choice.${one.status}` as never, { defaultValue: one.status }),
      show: (one) => (
        <span className="flex flex-wrap gap-2">
          <StateBadge status={one.status} />
          {one.late && (
            <Badge icon="alert" mood="bad">
              {o("paper.late")}
            </Badge>
          )}
          {one.match && <MatchBadge state={one.match} />}
        </span>
      ),
    },
  ];
  return (
    <div className="flex flex-col gap-4">
      <May project={project} right={`${PAPERS[kind]}.create`}>
        <div>
          <LinkButton icon="add" to={`/budget/${kind}/new`}>
            {o(`paper.new_${kind}`)}
          </LinkButton>
        </div>
      </May>
      {papers.length === 0 ? (
        <Empty icon="document" title={o(`paper.none_${kind}`)} />
      ) : (
        <DataTable columns={columns} first="date" label={label} rows={papers} />
      )}
    </div>
  );
}
