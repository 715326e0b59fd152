/** The money of a project: its lines, requests, what waits for a visa, orders, invoices, payments. */

import { useParams } from "react-router";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useProject } from "../../app/workplace";
import { Empty, LinkButton, ScreenHead, Tabs } from "../../components/basics";
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
      <Tabs
        label={o("budget.title")}
        tabs={(Object.keys(TABS) as (keyof typeof TABS)[]).map((one) => ({
          to: `/budget/${one}`,
          text: o(`budget.tab.${one}`),
          chosen: one === chosen,
        }))}
      />
      <Tab project={project} />
    </>
  );
}
