/** The rest of the app, for the thumb. */

import { Link } from "react-router";
import { GROUPS, placesIn } from "../app/places";
import { useRights } from "../app/useRights";
import { useWords } from "../app/words";
import { useProject } from "../app/workplace";
import { Panel, ScreenHead } from "../components/basics";
import { Icon } from "../components/icons";

export default function More() {
  const { t } = useWords();
  const rights = useRights();
  const project = useProject()?.id ?? null;
  const places = placesIn("rest", rights, project);
  return (
    <div className="flex flex-col gap-6">
      <ScreenHead title={t("more.title")} />
      {GROUPS.map((group) => {
        const here = places.filter((place) => place.group === group);
        if (here.length === 0) return null;
        return (
          <section aria-labelledby={`more-${group}`} className="flex flex-col gap-3" key={group}>
            <h2 id={`more-${group}`}>{t(`nav.group.${group}`)}</h2>
            <Panel className="overflow-hidden">
              <ul className="divide-y divide-line">
                {here.map(({ to, icon, word }) => (
                  <li key={to}>
                    <Link
                      className="target flex items-center gap-4 px-4 font-semibold hover:bg-sunken"
                      to={to}
                    >
                      <Icon className="text-accent" name={icon} />
                      <span className="flex-1">{t(word as never)}</span>
                      <Icon className="text-muted" name="forward" />
                    </Link>
                  </li>
                ))}
              </ul>
            </Panel>
          </section>
        );
      })}
    </div>
  );
}
