/** Every screen and its address. Each is loaded when it is first opened, and kept for offline. */

import { type ComponentType, lazy, Suspense } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import Today from "../screens/crew/Today";
import { Boundary } from "./Boundary";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

type Screen = () => Promise<{ default: ComponentType }>;

/** Address -> its screen, in the order of a shift. */
const SCREENS: Record<string, Screen> = {
  tasks: () => import("../screens/crew/Tasks"),
  "tasks/new": () => import("../screens/office/plan/TaskForm"),
  "tasks/:task": () => import("../screens/crew/TaskDetail"),
  "tasks/:task/edit": () => import("../screens/office/plan/TaskForm"),
  expenses: () => import("../screens/crew/Expenses"),
  "expenses/new": () => import("../screens/crew/NewExpense"),
  reports: () => import("../screens/crew/Reports"),
  "reports/:report": () => import("../screens/crew/ReportForm"),
  incidents: () => import("../screens/crew/Incidents"),
  "incidents/new": () => import("../screens/crew/NewIncident"),
  permits: () => import("../screens/crew/Permits"),
  "permits/new": () => import("../screens/crew/NewPermit"),
  "permits/:permit": () => import("../screens/crew/PermitDetail"),
  punch: () => import("../screens/crew/PunchList"),
  "punch/new": () => import("../screens/crew/PunchForm"),
  "punch/:item": () => import("../screens/crew/PunchDetail"),
  alerts: () => import("../screens/crew/Alerts"),
  "alerts/choices": () => import("../screens/crew/NoticeChoices"),
  "alerts/table": () => import("../screens/office/alerts/AlertTable"),
  "alerts/rules": () => import("../screens/office/alerts/AlertRules"),
  budget: () => import("../screens/office/Budget"),
  "budget/:tab": () => import("../screens/office/Budget"),
  "budget/requests/new": () => import("../screens/office/NewRequest"),
  "budget/budgets/new": () => import("../screens/office/money/BudgetForm"),
  "budget/budgets/:budget": () => import("../screens/office/money/BudgetForm"),
  "budget/budgets/:budget/lines/new": () => import("../screens/office/money/LineForm"),
  "budget/budgets/:budget/lines/:line": () => import("../screens/office/money/LineForm"),
  "budget/:kind/new": () => import("../screens/office/money/PaperForm"),
  "budget/:kind/:paper": () => import("../screens/office/money/PaperDetail"),
  "budget/:kind/:paper/edit": () => import("../screens/office/money/PaperForm"),
  conflicts: () => import("../screens/office/Conflicts"),
  dashboard: () => import("../screens/office/Dashboard"),
  projects: () => import("../screens/office/Projects"),
  "projects/new": () => import("../screens/office/NewProject"),
  "projects/deleted": () => import("../screens/office/DeletedProjects"),
  "projects/:project/edit": () => import("../screens/office/ProjectForm"),
  "projects/:project": () => import("../screens/office/ProjectDetail"),
  schedule: () => import("../screens/office/plan/Schedule"),
  board: () => import("../screens/office/plan/Board"),
  "schedule/baselines": () => import("../screens/office/plan/Baselines"),
  "schedule/import": () => import("../screens/office/importing/Import"),
  people: () => import("../screens/office/people/People"),
  "people/:tab": () => import("../screens/office/people/People"),
  "people/person/:person": () => import("../screens/office/people/PersonDetail"),
  "people/invite": () => import("../screens/office/people/Invite"),
  reporting: () => import("../screens/office/reporting/Reporting"),
  documents: () => import("../screens/documents/Documents"),
  "documents/:document": () => import("../screens/documents/DocumentDetail"),
  enter: () => import("../screens/crew/Enter"),
  more: () => import("../screens/More"),
  sync: () => import("../screens/SyncCentre"),
  refusals: () => import("../screens/Refusals"),
  settings: () => import("../screens/Settings"),
  profile: () => import("../screens/profile/Profile"),
};

const LAZY = Object.entries(SCREENS).map(([path, load]) => ({ path, Screen: lazy(load) }));

export function Screens() {
  return (
    <BrowserRouter>
      <Boundary>
        <Routes>
          <Route element={<Shell />}>
            <Route element={<Today />} index />
            {LAZY.map(({ path, Screen }) => (
              <Route
                element={
                  <Suspense fallback={null}>
                    <Screen />
                  </Suspense>
                }
                key={path}
                path={path}
              />
            ))}
            <Route element={<NotFound />} path="*" />
          </Route>
        </Routes>
      </Boundary>
    </BrowserRouter>
  );
}
