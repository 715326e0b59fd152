/** What needs an eye: the gravest first, and who takes care of it. */

import { Link } from "react-router";
import { date } from "../../app/format";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useSubject } from "../../app/useSubject";
import { useWords } from "../../app/words";
import { useProject, useRows, useWorkplace } from "../../app/workplace";
import {
  Badge,
  Button,
  Empty,
  LinkButton,
  type Mood,
  Notice,
  Panel,
  ScreenHead,
} from "../../components/basics";
import type { Entity } from "../../replica/view";
import { projectOf } from "../../session/rights";

type Alert = Entity<"alert">;
type Level = NonNullable<Alert["level"]>;

const MOODS: Record<Level, Mood> = { information: "accent", warning: "warn", critical: "bad" };
const GRAVITY: Record<Level, number> = { critical: 0, warning: 1, information: 2 };

export default function Alerts() {
  const { t } = useWords();
  const project = useProject();
  const work = useRows("alert", project ? `project:${project.id}` : null);
  const money = useRows("alert", project ? `finance:${project.id}` : null);
  if (work === undefined || money === undefined) return null;
  const open = [...work, ...money]
    .filter((one) => one.status !== "resolved")
    .sort(
      (left, right) =>
        GRAVITY[left.level ?? "information"] - GRAVITY[right.level ?? "information"] ||
        (right.raised_at ?? 0) - (left.raised_at ?? 0),
    );
  return (
    <>
      <ScreenHead title={`${t("alert.title")} (${open.length})`}>
        <LinkButton className="hidden lg:inline-flex" icon="task" to="/alerts/table">
          {t("alert.table")}
        </LinkButton>
        <LinkButton icon="settings" to="/alerts/choices">
          {t("alert.choices")}
        </LinkButton>
      </ScreenHead>
      {open.length === 0 && <Empty icon="check" title={t("alert.none")} />}
      <ul className="grid gap-3 lg:grid-cols-2">
        {open.map((one) => (
          <li key={one.id}>
            <AlertCard alert={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function AlertCard({ alert }: { alert: Alert }) {
  const { t, language } = useWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const subject = useSubject(alert);
  const facts = Array.isArray(alert.facts) ? {} : (alert.facts ?? {});
  const level = alert.level ?? "information";
  const acknowledge = (): Promise<unknown> =>
    save("alert.acknowledge", [
      {
        table: "alert",
        row: alert.id,
        after: { status: "acknowledged", acknowledged_by: person },
      },
    ]);
  return (
    <Panel className="flex h-full flex-col gap-3 p-4">
      <p className="flex flex-wrap items-center gap-3">
        <Badge icon="alert" mood={MOODS[level]}>
          {t(`alert.level.${level}`)}
        </Badge>
        {alert.due && <span className="text-base text-muted">{date(alert.due, language)}</span>}
      </p>
      <p className="font-semibold">
        {t(`alert.rule.${alert.rule}`, facts as Record<string, string>)}
      </p>
      {subject !== undefined &&
        (alert.subject_table === "task" ? (
          <Link
            className="target -my-2 flex items-center gap-2 font-medium break-words text-accent underline"
            to={`/tasks/${alert.subject_id}`}
          >
            {subject}
          </Link>
        ) : (
          <p className="break-words">{subject}</p>
        ))}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="mt-auto">
        {alert.status === "acknowledged" ? (
          <Badge icon="check" mood="good">
            {t("alert.acknowledged")}
          </Badge>
        ) : (
          rights.may("alert.acknowledge", projectOf(alert.scope)) && (
            <Button disabled={busy} onClick={() => void acknowledge()}>
              {t("alert.acknowledge")}
            </Button>
          )
        )}
      </div>
    </Panel>
  );
}
