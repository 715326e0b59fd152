/** Budgets and their lines: original, revised, committed, spent, forecast, remaining. */

import { Link } from "react-router";
import { amount, money, percent } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { May } from "../../app/useRights";
import { useRows } from "../../app/workplace";
import { Badge, Empty, LinkButton, Panel, ProgressBar } from "../../components/basics";
import { type Column, DataTable } from "../../components/DataTable";
import type { Entity } from "../../replica/view";
import type { OfProject } from "./Budget";
import { BudgetKeeping } from "./money/BudgetKeeping";

const FIGURES = ["original", "revised", "committed", "spent", "forecast", "remaining"] as const;
type Figures = Record<(typeof FIGURES)[number], number>;
type Line = Entity<"budget_line"> & Figures;

/** Return the six figures of a line; what remains is the revised amount less both others. */
export function figuresOf(line: Entity<"budget_line">): Figures {
  const committed = line.committed ?? 0;
  const spent = line.spent ?? 0;
  return {
    original: line.original_amount ?? line.amount,
    revised: line.amount,
    committed,
    spent,
    forecast: line.forecast ?? Math.max(line.amount, committed + spent),
    remaining: line.amount - committed - spent,
  };
}

export function sumOf(lines: readonly Figures[]): Figures {
  const sum: Figures = {
    original: 0,
    revised: 0,
    committed: 0,
    spent: 0,
    forecast: 0,
    remaining: 0,
  };
  for (const line of lines) for (const name of FIGURES) sum[name] += line[name];
  return sum;
}

export function BudgetLines({ project }: OfProject) {
  const { o } = useOfficeWords();
  const scope = `finance:${project.id}`;
  const budgets = useRows("budget", scope);
  const lines = useRows("budget_line", scope);
  if (budgets === undefined || lines === undefined) return null;
  const begin = (
    <May project={project.id} right="budget.create">
      <div>
        <LinkButton icon="add" to="/budget/budgets/new">
          {o("keeping.new_budget")}
        </LinkButton>
      </div>
    </May>
  );
  if (budgets.length === 0) {
    return (
      <Empty icon="budget" title={o("budget.none")}>
        {begin}
      </Empty>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      {budgets.map((budget) => (
        <OneBudget
          budget={budget}
          key={budget.id}
          lines={lines.filter((line) => line.budget_id === budget.id)}
        />
      ))}
      {begin}
    </div>
  );
}

function OneBudget({
  budget,
  lines,
}: {
  budget: Entity<"budget">;
  lines: readonly Entity<"budget_line">[];
}) {
  const { o, language } = useOfficeWords();
  const rows: Line[] = lines.map((line) => ({ ...line, ...figuresOf(line) }));
  const sum = sumOf(rows);
  const write = (minor: number): string => money(minor, budget.currency, language);
  const cell = (minor: number): string => amount(minor, budget.currency, language);
  const columns: Column<Line>[] = [
    {
      key: "cost_code",
      label: `${o("field.cost_code")} (${budget.currency})`,
      value: (line) => line.cost_code,
      show: (line) => (
        <Link
          className="flex min-w-40 flex-col"
          to={`/budget/budgets/${budget.id}/lines/${line.id}`}
        >
          <strong className="text-accent underline">{line.cost_code}</strong>
          <span className="text-muted">{line.description ?? line.category ?? ""}</span>
          {line.kind === "contingency" && (
            <span className="font-semibold text-warn">{o("choice.contingency")}</span>
          )}
        </Link>
      ),
    },
    ...FIGURES.map((name) => ({
      key: name,
      label: o(`budget.${name}`),
      value: (line: Line) => line[name],
      show: (line: Line) => (
        <span className={line[name] < 0 ? "font-bold text-bad" : ""}>{cell(line[name])}</span>
      ),
      numeric: true,
    })),
  ];
  const used = sum.revised === 0 ? 0 : ((sum.committed + sum.spent) / sum.revised) * 10_000;
  return (
    <section className="flex flex-col gap-3">
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-0 break-words">{budget.name}</h2>
        <Badge
          icon={budget.status === "locked" ? "lock" : "clock"}
          mood={budget.status === "locked" ? "good" : "plain"}
        >
          {o(`choice.${budget.status ?? "draft"}`)}
        </Badge>
      </header>
      <Panel className="flex flex-col gap-2 p-4">
        <p className="flex flex-wrap justify-between gap-2">
          <span>{o("budget.consumed")}</span>
          <strong className="tabular-nums">
            {write(sum.committed + sum.spent)} / {write(sum.revised)} ({percent(used, language)})
          </strong>
        </p>
        <ProgressBar basisPoints={used} label={o("budget.consumed")} />
      </Panel>
      <BudgetKeeping budget={budget} lines={lines} />
      <DataTable
        columns={columns}
        first="cost_code"
        label={budget.name}
        rows={rows}
        total={{
          cost_code: o("budget.total"),
          ...Object.fromEntries(FIGURES.map((name) => [name, cell(sum[name])])),
        }}
      />
    </section>
  );
}
