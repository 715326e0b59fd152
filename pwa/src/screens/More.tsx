/** The rest of the app, for the thumb. */

import { Link } from "react-router";
import { placesIn } from "../app/places";
import { useRights } from "../app/useRights";
import { useWords } from "../app/words";
import { useProject } from "../app/workplace";
import { Panel, ScreenHead } from "../components/basics";
import { Icon } from "../components/icons";

export default function More() {
  const { t } = useWords();
  const rights = useRights();
  const project = useProject()?.id ?? null;
  return (
    <>
      <ScreenHead title={t("more.title")} />
      <Panel>
        <ul className="divide-y divide-line">
          {placesIn("rest", rights, project).map(({ to, icon, word }) => (
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
