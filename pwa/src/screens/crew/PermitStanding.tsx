/** Whether the work is allowed now, and until when: the largest words on the screen. */

import { useEffect, useState } from "react";
import { writeHours } from "../../app/entering";
import { useFieldWords } from "../../app/fieldWords";
import { date, localTime } from "../../app/format";
import type { Mood } from "../../components/basics";
import { Icon, type IconName } from "../../components/icons";
import type { Permit } from "../../generated/tables";
import { minutesLeft, type Standing, standingOf } from "./permits";

const LOOKS: Record<Standing, { mood: Mood; icon: IconName }> = {
  allowed: { mood: "good", icon: "check" },
  not_yet: { mood: "warn", icon: "clock" },
  issued: { mood: "warn", icon: "clock" },
  waiting: { mood: "plain", icon: "clock" },
  suspended: { mood: "bad", icon: "refused" },
  expired: { mood: "bad", icon: "refused" },
  over: { mood: "plain", icon: "confirmed" },
  void: { mood: "bad", icon: "refused" },
};

const MOODS: Record<Mood, string> = {
  plain: "bg-sunken text-ink",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
};

const TICK_MS = 20_000;
const SOON_MINUTES = 60;

/** Return the local time, anew every few seconds: a validity that runs out is seen to. */
export function useNow(): string {
  const [now, setNow] = useState(() => localTime());
  useEffect(() => {
    const timer = setInterval(() => setNow(localTime()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function PermitStanding({ permit, large = false }: { permit: Permit; large?: boolean }) {
  const { f, language } = useFieldWords();
  const now = useNow();
  const standing = standingOf(permit, now);
  const { mood, icon } = LOOKS[standing];
  const left = minutesLeft(permit, now);
  const oneDay = permit.valid_from.slice(0, 10) === permit.valid_until.slice(0, 10);
  return (
    <div className={`flex flex-col gap-1 rounded-2xl p-4 ${MOODS[mood]}`} role="status">
      <p className={`flex items-center gap-3 font-bold ${large ? "text-2xl" : "text-xl"}`}>
        <Icon name={icon} size={large ? 36 : 28} />
        {f(`permit.standing.${standing}`)}
      </p>
      <p className={`font-bold tabular-nums ${large ? "text-3xl" : "text-2xl"}`}>
        {permit.valid_from.slice(11, 16)} → {permit.valid_until.slice(11, 16)}
      </p>
      <p>
        {date(permit.valid_from, language)}
        {!oneDay && ` → ${date(permit.valid_until, language)}`}
        {standing === "allowed" && (
          <strong className={left <= SOON_MINUTES ? "text-bad" : ""}>
            {" · "}
            {f("permit.left", { hours: writeHours(left) })}
          </strong>
        )}
      </p>
    </div>
  );
}
