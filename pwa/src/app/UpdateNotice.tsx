/** A new version waits until the person takes it: a form is never reloaded away. */

import { useRegisterSW } from "virtual:pwa-register/react";
import { Button, Notice } from "../components/basics";
import { useWords } from "./words";

export function UpdateNotice() {
  const { t } = useWords();
  const { needRefresh, updateServiceWorker } = useRegisterSW();
  if (!needRefresh[0]) return null;
  return (
    <div className="pb-4">
      <Notice icon="sync" mood="accent" title={t("update.ready")}>
        <Button onClick={() => void updateServiceWorker(true)} tone="primary">
          {t("update.apply")}
        </Button>
      </Notice>
    </div>
  );
}
