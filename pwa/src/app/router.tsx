/** Every screen and its address. Each is loaded when it is first opened, and kept for offline. */

import { createBrowserRouter, type RouteObject } from "react-router";
import Today from "../screens/crew/Today";
import { Boundary } from "./Boundary";
import { Shell } from "./Shell";

type Screen = () => Promise<{ default: React.ComponentType }>;

function lazy(load: Screen): NonNullable<RouteObject["lazy"]> {
  return async () => ({ Component: (await load()).default });
}

export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <Boundary />,
    hydrateFallbackElement: <span />,
    children: [
      { index: true, element: <Today /> },
      { path: "tasks", lazy: lazy(() => import("../screens/crew/Tasks")) },
      { path: "tasks/:task", lazy: lazy(() => import("../screens/crew/TaskDetail")) },
      { path: "expenses", lazy: lazy(() => import("../screens/crew/Expenses")) },
      { path: "expenses/new", lazy: lazy(() => import("../screens/crew/NewExpense")) },
      { path: "reports", lazy: lazy(() => import("../screens/crew/Reports")) },
      { path: "reports/:report", lazy: lazy(() => import("../screens/crew/ReportForm")) },
      { path: "incidents", lazy: lazy(() => import("../screens/crew/Incidents")) },
      { path: "incidents/new", lazy: lazy(() => import("../screens/crew/NewIncident")) },
      { path: "alerts", lazy: lazy(() => import("../screens/crew/Alerts")) },
      { path: "enter", lazy: lazy(() => import("../screens/crew/Enter")) },
      { path: "more", lazy: lazy(() => import("../screens/More")) },
      { path: "sync", lazy: lazy(() => import("../screens/SyncCentre")) },
      { path: "refusals", lazy: lazy(() => import("../screens/Refusals")) },
      { path: "settings", lazy: lazy(() => import("../screens/Settings")) },
    ],
  },
]);
