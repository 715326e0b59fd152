/** What can be entered: one tap each. */

import { May } from "../../app/useRights";
import { useWords } from "../../app/words";
import { useProject } from "../../app/workplace";
import { LinkButton, ScreenHead } from "../../components/basics";

export default function Enter() {
  const { t } = useWords();
  const project = useProject()?.id;
  return (
    <>
      <ScreenHead title={t("enter.title")} />
      <div className="grid gap-3">
        <May project={project} right="expense.create">
          <LinkButton className="min-h-20 text-xl" icon="expense" tone="primary" to="/expenses/new">
            {t("enter.expense")}
          </LinkButton>
        </May>
        <May project={project} right="daily_report.create">
          <LinkButton className="min-h-20 text-xl" icon="report" to="/reports/today">
            {t("enter.report")}
          </LinkButton>
        </May>
        <May project={project} right="incident.create">
          <LinkButton className="min-h-20 text-xl" icon="incident" to="/incidents/new">
            {t("enter.incident")}
          </LinkButton>
        </May>
        <May project={project} right="punch_item.create">
          <LinkButton className="min-h-20 text-xl" icon="punch" to="/punch/new">
            {t("enter.punch")}
          </LinkButton>
        </May>
        <May project={project} right="permit.create">
          <LinkButton className="min-h-20 text-xl" icon="permit" to="/permits/new">
            {t("enter.permit")}
          </LinkButton>
        </May>
      </div>
    </>
  );
}
