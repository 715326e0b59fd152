/** What withdrawn devices handed in: whole, until somebody takes it over or lets it go. */

import { useAct, useServer } from "../../../app/asking";
import { moment } from "../../../app/format";
import { useIntentWords } from "../../../app/intents";
import { usePeopleWords } from "../../../app/peopleWords";
import { Button, Notice, Panel } from "../../../components/basics";
import { ConfirmButton } from "../../../components/ConfirmButton";
import { useValues } from "../values";

/** As `GET /api/users/devices/held` answers. */
interface HeldRecord {
  replica: string;
  counter: number;
  person: string;
  device_name: string | null;
  received_at: number;
  change_set: { intent?: string; changes?: { table: string; after?: Record<string, unknown> }[] };
}

export function HeldWork() {
  const { p } = usePeopleWords();
  const { data } = useServer<HeldRecord[]>("/api/users/devices/held");
  if (data === undefined || data.length === 0) return null;
  const replicas = [...new Set(data.map((one) => one.replica))];
  return (
    <section className="flex flex-col gap-3">
      <h2>{p("devices.held")}</h2>
      <p className="text-muted">{p("devices.held_words")}</p>
      {replicas.map((replica) => (
        <Handed
          entries={data.filter((one) => one.replica === replica)}
          key={replica}
          replica={replica}
        />
      ))}
    </section>
  );
}

function Handed({ replica, entries }: { replica: string; entries: HeldRecord[] }) {
  const { o, p, language } = usePeopleWords();
  const { personName, tableName } = useValues();
  const intentWords = useIntentWords();
  const { busy, trouble, act } = useAct();
  const first = entries[0];
  if (first === undefined) return null;
  const decide = (decision: "merge" | "discard"): void => {
    void act("POST", `/api/users/devices/held/${replica}`, { decision });
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h3 className="font-bold">
        {p("devices.held_of", {
          person: personName(first.person),
          device: first.device_name ?? o("unknown_device"),
        })}
      </h3>
      <ul className="flex flex-col divide-y divide-line">
        {entries.map((one) => (
          <li className="flex flex-wrap justify-between gap-x-4 py-2" key={one.counter}>
            <span className="min-w-0 break-words">
              <strong>{intentWords(one.change_set.intent ?? "")}</strong>
              <span className="block text-muted">
                {[
                  ...new Set((one.change_set.changes ?? []).map((each) => tableName(each.table))),
                ].join(", ")}
              </span>
            </span>
            <span className="text-muted">{moment(one.received_at, language)}</span>
          </li>
        ))}
      </ul>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button disabled={busy} icon="check" onClick={() => decide("merge")} tone="primary">
          {p("devices.held_merge")}
        </Button>
        <ConfirmButton
          disabled={busy}
          label={p("devices.held_discard")}
          onConfirm={() => decide("discard")}
        >
          {p("devices.held", { count: entries.length })}
        </ConfirmButton>
      </div>
    </Panel>
  );
}
