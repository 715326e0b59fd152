/** The money of a project: its lines, requests, what waits for a visa, orders, invoices, payments. */

import { NavLink, useParams } from "react-router";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useProject } from "../../app/workplace";
import { Empty, LinkButton, ScreenHead } from "../../components/basics";
import type { Entity } from "../../replica/view";
import { Approvals } from "./Approvals";
import { BudgetLines } from "./BudgetLines";
import { BudgetRequests } from "./BudgetRequests";
import { Figures } from "./money/Figures";
import { Invoices, Orders, Payments } from "./money/lists";
import { MoneyRules } from "./money/MoneyRules";

const TABS = {
  lines: BudgetLines,
  requests: BudgetRequests,
  approvals: Approvals,
  orders: Orders,
  invoices: Invoices,
  payments: Payments,
  figures: Figures,
  rules: MoneyRules,
};

export interface OfProject {
  project: Entity<"project">;
}

export default function Budget() {
  const { o } = useOfficeWords();
  const { tab = "lines" } = useParams();
  const project = useProject();
  const rights = useRights();
  if (project === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("budget.no_project")} />;
  const chosen = Object.hasOwn(TABS, tab) ? (tab as keyof typeof TABS) : "lines";
  const Tab = TABS[chosen];
  return (
    <>
      <ScreenHead title={o("budget.title")}>
        {rights.may("budget_request.create", project.id) && (
          <LinkButton icon="add" to="/budget/requests/new" tone="primary">
            {o("budget.new_request")}
          </LinkButton>
        )}
      </ScreenHead>
      <nav
        aria-label={o("budget.title")}
        className="grid grid-cols-[repeat(auto-fit,minmax(7rem,1fr))] gap-3 pb-6 lg:flex"
      >
        {(Object.keys(TABS) as (keyof typeof TABS)[]).map((one) => (
          <NavLink
            aria-current={one === chosen ? "page" : undefined}
            className={`target inline-flex items-center justify-center rounded-xl border px-2 font-semibold lg:px-5 ${
              one === chosen
                ? "border-accent bg-accent text-on-accent"
                : "border-edge bg-panel text-ink hover:bg-sunken"
            }`}
            key={one}
            to={`/budget/${one}`}
          >
            {o(`budget.tab.${one}`)}
          </NavLink>
        ))}
      </nav>
      <Tab project={project} />
    </>
  );
}
