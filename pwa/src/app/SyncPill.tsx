/** Where this device stands, in one line on every screen: icon, word and colour. */

import { Link } from "react-router";
import type { Mood } from "../components/basics";
import { Icon, type IconName } from "../components/icons";
import { useAppSelector } from "./store";
import { useWaiting } from "./useWaiting";
import { useWords } from "./words";

const MOODS: Record<Mood, string> = {
  plain: "bg-sunken text-ink",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
};

export interface Standing {
  mood: Mood;
  icon: IconName;
  text: string;
}

/** Return how the device stands; the gravest thing is said first. */
export function useStanding(): Standing {
  const { t } = useWords();
  const waiting = useWaiting();
  const status = useAppSelector((state) => state.sync.status);
  const online = useAppSelector((state) => state.sync.online);
  if (status?.phase === "login_needed") {
    return { mood: "bad", icon: "lock", text: t("sync.login_needed") };
  }
  if (waiting.refused > 0) {
    return { mood: "bad", icon: "refused", text: t("sync.refused", { count: waiting.refused }) };
  }
  const count = waiting.entries + waiting.files;
  if (!online || status?.phase === "offline") {
    const text = count > 0 ? t("sync.waiting", { count }) : t("sync.offline");
    return { mood: "warn", icon: "offline", text };
  }
  if (status?.phase === "failing") {
    const text = count > 0 ? t("sync.waiting", { count }) : t("sync.failing");
    return { mood: "warn", icon: "offline", text };
  }
  if (status?.progress || (status?.phase === "syncing" && status.lastSyncAt === null)) {
    return { mood: "accent", icon: "sync", text: t("sync.receiving") };
  }
  if (count > 0) return { mood: "accent", icon: "saved", text: t("sync.waiting", { count }) };
  if (status === null || status.phase === "starting") {
    return { mood: "plain", icon: "sync", text: t("sync.syncing") };
  }
  return { mood: "good", icon: "confirmed", text: t("sync.up_to_date") };
}

export function SyncPill() {
  const { mood, icon, text } = useStanding();
  return (
    <Link
      className={`target inline-flex items-center gap-2 rounded-full px-4 font-semibold ${MOODS[mood]}`}
      to="/sync"
    >
      <Icon name={icon} size={22} />
      <span aria-live="polite">{text}</span>
    </Link>
  );
}
