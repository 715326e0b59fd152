/** Reports that the worker makes, or has made: how far each is, and where it is kept. */

import { useState } from "react";
import { useAct, useServer } from "../../../app/asking";
import { type Fetched, fetchFile } from "../../../app/download";
import { date, moment, number } from "../../../app/format";
import { useReportingWords } from "../../../app/reportingWords";
import { useWorkplace } from "../../../app/workplace";
import { Badge, Button, type Mood, Notice, Panel, ProgressBar } from "../../../components/basics";
import type { IconName } from "../../../components/icons";
import { ERRORS } from "../../../generated/errors";
import { askedOf, type OrderRecord, orderOf } from "./asked";

const LOOKS: Record<OrderRecord["state"], { mood: Mood; icon: IconName }> = {
  waiting: { mood: "plain", icon: "clock" },
  running: { mood: "accent", icon: "sync" },
  done: { mood: "good", icon: "check" },
  failed: { mood: "bad", icon: "refused" },
};
/** While one is being made, its progress is asked for this often. */
const LOOK_MS = 1_500;

export function Orders({ project }: { project: string }) {
  const { r } = useReportingWords();
  const { data } = useServer<OrderRecord[]>(`/api/projects/${project}/report-orders`, (found) =>
    (found ?? []).some((one) => one.state === "waiting" || one.state === "running")
      ? LOOK_MS
      : false,
  );
  if (data === undefined) return null;
  return (
    <section className="flex flex-col gap-3">
      <h2>{r("orders")}</h2>
      {data.length === 0 && <p className="text-muted">{r("orders_none")}</p>}
      <ul className="grid gap-3 lg:grid-cols-2">
        {data.map((one) => (
          <li key={one.id}>
            <Order order={one} project={project} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Order({ order, project }: { order: OrderRecord; project: string }) {
  const { t, r, language } = useReportingWords();
  const { person } = useWorkplace();
  const { busy, trouble, act } = useAct();
  const [fetched, setFetched] = useState<Fetched | null>(null);
  const name = r(`kind.${order.report}`);
  const { mood, icon } = LOOKS[order.state];
  const { at, since, until } = order.asked;
  const about = [
    r(`formats.${order.format}`),
    order.language.toUpperCase(),
    ...(at === null ? [] : [`${r("at")} ${date(at, language)}`]),
    ...(since === null ? [] : [`${r("since")} ${date(since, language)}`]),
    ...(until === null ? [] : [`${r("until")} ${date(until, language)}`]),
    ...(order.rows === null || order.rows === 0 ? [] : [r("rows", { count: order.rows })]),
  ];
  const refused =
    fetched?.status === "refused"
      ? (ERRORS[fetched.problem.code]?.[language] ?? fetched.problem.message[language])
      : fetched?.status === "unreachable"
        ? t("error.unreachable")
        : null;
  return (
    <Panel className="flex h-full flex-col gap-2 p-4">
      <header className="flex flex-wrap items-center gap-3">
        <h3 className="min-w-0 flex-1 basis-44 font-bold break-words">{name}</h3>
        <Badge icon={icon} mood={mood}>
          {r(`state.${order.state}`)}
        </Badge>
      </header>
      <p className="text-base text-muted">
        {moment(order.made_at, language)} · {about.join(" · ")}
      </p>
      {(order.state === "waiting" || order.state === "running") && (
        <div className="flex items-center gap-3">
          <ProgressBar basisPoints={order.progress * 100} label={r("progress", { name })} />
          <span className="tabular-nums">{number(order.progress, language)} %</span>
        </div>
      )}
      {order.error !== null && order.state === "failed" && (
        <p className="font-semibold text-bad">{ERRORS[order.error]?.[language] ?? order.error}</p>
      )}
      {(trouble ?? refused) !== null && (
        <Notice icon="refused" mood="bad" title={trouble ?? refused ?? ""} />
      )}
      <div className="mt-auto flex flex-wrap items-center gap-3">
        {order.state === "done" && (
          <>
            <Button
              aria-label={r("get", { name })}
              icon="export"
              onClick={async () =>
                setFetched(
                  await fetchFile(
                    person,
                    `/api/storage/versions/${order.id}/content`,
                    `${order.report}.${order.format}`,
                  ),
                )
              }
            >
              {r("now")}
            </Button>
            <span className="text-base text-muted">{r("in_documents")}</span>
          </>
        )}
        {order.state === "failed" && (
          <Button
            disabled={busy}
            icon="sync"
            onClick={() =>
              void act("POST", `/api/projects/${project}/reports`, orderOf(askedOf(order)))
            }
          >
            {r("again")}
          </Button>
        )}
      </div>
    </Panel>
  );
}
