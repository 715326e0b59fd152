/** When a screen fails: say that the work is safe, and offer the way back. */

import { isRouteErrorResponse, useRouteError } from "react-router";
import { Button, LinkButton, Notice } from "../components/basics";
import { useWords } from "./words";

export function Boundary() {
  const { t } = useWords();
  const error = useRouteError();
  const missing = isRouteErrorResponse(error) && error.status === 404;
  return (
    <main className="mx-auto flex max-w-xl flex-col gap-4 p-6">
      <Notice icon="refused" mood="bad" title={missing ? t("error.not_found") : t("error.title")}>
        {!missing && <p>{t("error.explain")}</p>}
        {error instanceof Error && <p className="text-base break-words">{error.message}</p>}
      </Notice>
      <div className="flex flex-wrap gap-3">
        <LinkButton to="/" tone="primary">
          {t("nav.today")}
        </LinkButton>
        <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
      </div>
    </main>
  );
}
