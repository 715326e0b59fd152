/**
 * A new version waits until the person takes it: a form is never reloaded away. The tabs that did
 * not ask for it are told, and reload when it suits.
 */

import { useRegisterSW } from "virtual:pwa-register/react";
import { useRef } from "react";
import { Button, Notice } from "../components/basics";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { useWords } from "./words";

/** An installed app is open for days: nothing else would look for a newer one. */
const LOOK_MS = 3_600_000;

export function UpdateNotice() {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const asked = useRef(false);
  const { needRefresh, updateServiceWorker } = useRegisterSW({
    onNeedReload: () => {
      if (asked.current) location.reload();
      else dispatch(actions.outdated());
    },
    onRegisteredSW: (_, registration) => {
      if (registration !== undefined) lookAgain(registration);
    },
  });
  const outdated = useAppSelector((state) => state.sync.outdated);
  if (outdated) {
    return (
      <div className="pb-4">
        <Notice icon="sync" mood="warn" title={t("update.elsewhere")}>
          <Button onClick={() => location.reload()} tone="primary">
            {t("error.reload")}
          </Button>
        </Notice>
      </div>
    );
  }
  if (!needRefresh[0]) return null;
  const apply = (): void => {
    asked.current = true;
    void updateServiceWorker(true);
  };
  return (
    <div className="pb-4">
      <Notice icon="sync" mood="accent" title={t("update.ready")}>
        <Button onClick={apply} tone="primary">
          {t("update.apply")}
        </Button>
      </Notice>
    </div>
  );
}

function lookAgain(registration: ServiceWorkerRegistration): void {
  setInterval(() => {
    // Without a link there is nothing to find; the next hour looks again.
    if (navigator.onLine) void registration.update().catch(() => undefined);
  }, LOOK_MS);
}
