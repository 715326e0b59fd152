/** Where one row stands between this device and the server: icon and word. */

import { useWords } from "../app/words";
import type { SyncState } from "../engine/rebase";
import { Icon, type IconName } from "./icons";

const ICONS: Record<SyncState, IconName> = {
  saved_here: "saved",
  sent: "sent",
  confirmed: "confirmed",
};

export function SyncMark({ state, quiet = false }: { state: SyncState; quiet?: boolean }) {
  const { t } = useWords();
  const word = t(`sync.state.${state}`);
  if (quiet && state === "confirmed") return null;
  return (
    <span
      className={`inline-flex items-center gap-1 text-base font-medium ${
        state === "saved_here" ? "text-warn" : "text-muted"
      }`}
    >
      <Icon name={ICONS[state]} size={18} />
      {word}
    </span>
  );
}
