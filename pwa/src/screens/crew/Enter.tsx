/** What can be entered: one tap each. */

import { May } from "../../app/useRights";
import { useWords } from "../../app/words";
import { useProject } from "../../app/workplace";
import { LinkButton, ScreenHead } from "../../components/basics";
import { ENTRIES } from "./entries";

export default function Enter() {
  const { t } = useWords();
  const project = useProject()?.id;
  return (
    <>
      <ScreenHead title={t("enter.title")} />
      <div className="grid gap-3">
        {ENTRIES.map(({ to, icon, right, word }, place) => (
          <May key={to} project={project} right={right}>
            <LinkButton
              className="min-h-20 text-xl"
              icon={icon}
              to={to}
              {...(place === 0 ? { tone: "primary" } : {})}
            >
              {t(word)}
            </LinkButton>
          </May>
        ))}
      </div>
    </>
  );
}
