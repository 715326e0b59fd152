/** The rest of the app, for the thumb. */

import { Link } from "react-router";
import { useWords } from "../app/words";
import { Panel, ScreenHead } from "../components/basics";
import { Icon, type IconName } from "../components/icons";

const PLACES: { to: string; icon: IconName; word: string }[] = [
  { to: "/reports", icon: "report", word: "nav.reports" },
  { to: "/expenses", icon: "expense", word: "expense.list" },
  { to: "/incidents", icon: "incident", word: "incident.list" },
  { to: "/dashboard", icon: "dashboard", word: "nav.dashboard" },
  { to: "/projects", icon: "project", word: "nav.projects" },
  { to: "/schedule", icon: "gantt", word: "nav.planning" },
  { to: "/budget", icon: "budget", word: "nav.budget" },
  { to: "/conflicts", icon: "conflict", word: "nav.conflicts" },
  { to: "/refusals", icon: "refused", word: "nav.rejections" },
  { to: "/sync", icon: "sync", word: "nav.sync" },
  { to: "/settings", icon: "settings", word: "nav.settings" },
];

export default function More() {
  const { t } = useWords();
  return (
    <>
      <ScreenHead title={t("more.title")} />
      <Panel>
        <ul className="divide-y divide-line">
          {PLACES.map(({ to, icon, word }) => (
            <li key={to}>
              <Link className="target flex items-center gap-4 px-4 font-semibold" to={to}>
                <Icon name={icon} />
                <span className="flex-1">{t(word as never)}</span>
                <Icon name="forward" />
              </Link>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}
