/** What can be entered: one tap each. */

import { useWords } from "../../app/words";
import { LinkButton, ScreenHead } from "../../components/basics";

export default function Enter() {
  const { t } = useWords();
  return (
    <>
      <ScreenHead title={t("enter.title")} />
      <div className="grid gap-3">
        <LinkButton className="min-h-20 text-xl" icon="expense" tone="primary" to="/expenses/new">
          {t("enter.expense")}
        </LinkButton>
        <LinkButton className="min-h-20 text-xl" icon="report" to="/reports/today">
          {t("enter.report")}
        </LinkButton>
        <LinkButton className="min-h-20 text-xl" icon="incident" to="/incidents/new">
          {t("enter.incident")}
        </LinkButton>
      </div>
    </>
  );
}
