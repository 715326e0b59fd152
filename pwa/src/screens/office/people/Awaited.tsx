/** Stands where the server's answer will be: it is asked for, or cannot be without a link. */

import { usePeopleWords } from "../../../app/peopleWords";
import { Notice } from "../../../components/basics";

export function Awaited({ failed }: { failed: boolean }) {
  const { t, p } = usePeopleWords();
  if (failed) return <Notice icon="offline" mood="warn" title={p("offline")} />;
  return (
    <p className="text-muted" role="status">
      {t("common.loading")}
    </p>
  );
}
