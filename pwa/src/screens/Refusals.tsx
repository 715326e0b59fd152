/** Entries that the server refused: whole, with the reason, to mend and send again. */

import { useLiveQuery } from "dexie-react-hooks";
import { moment } from "../app/format";
import type { Intent } from "../app/intent";
import { useIntentWords } from "../app/intents";
import { useSaving } from "../app/useSaving";
import { useWords } from "../app/words";
import { useWorkplace } from "../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../components/basics";
import type { Values } from "../engine/schema";
import { ERRORS } from "../generated/errors";
import type { TableName } from "../generated/tables";
import type { StoredRejection } from "../replica/database";

import type { Edit } from "../replica/editing";
import { useValues } from "./office/values";

export default function Refusals() {
  const { t } = useWords();
  const { database } = useWorkplace();
  const found = useLiveQuery(
    () => database.rejections.orderBy("receivedAt").reverse().toArray(),
    [database],
  );
  if (found === undefined) return null;
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead title={t("refusals.title")} />
      {found.length === 0 ? (
        <Empty icon="check" title={t("refusals.none")} />
      ) : (
        <p className="text-muted">{t("refusals.explain")}</p>
      )}
      {found.map((one) => (
        <Refusal key={`${one.replica}:${one.counter}`} refusal={one} />
      ))}
    </div>
  );
}

function Refusal({ refusal }: { refusal: StoredRejection }) {
  const { t, language } = useWords();
  const intentWords = useIntentWords();
  const { fieldName, write } = useValues();
  const { database } = useWorkplace();
  const { busy, trouble, save } = useSaving();
  const { rejection, changeSet } = refusal;
  const dismiss = (): Promise<void> =>
    database.rejections.delete([refusal.replica, refusal.counter]);
  const resend = async (): Promise<void> => {
    const edits: Edit[] = changeSet.changes.map((change) => ({
      table: change.table as TableName,
      row: change.row,
      scope: change.scope,
      ...(change.operation === undefined ? {} : { operation: change.operation }),
      after: change.after as Edit["after"] & object,
    }));
    // It was one of the app's when it was written.
    if ((await save(changeSet.intent as Intent, edits)) !== null) await dismiss();
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <p className="flex flex-wrap justify-between gap-2">
        <strong>{intentWords(changeSet.intent)}</strong>
        <span className="text-base text-muted">{moment(refusal.receivedAt, language)}</span>
      </p>
      <Notice
        icon="refused"
        mood="bad"
        title={ERRORS[rejection.code]?.[language] ?? rejection.message[language]}
      >
        {rejection.field && <p>{t("refusals.field", { field: fieldName(rejection.field) })}</p>}
      </Notice>
      {changeSet.changes.map((change) => (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-base" key={change.row}>
          {Object.entries(change.after ?? {})
            // Who and whose is said above; names of files and their sums say nothing to people.
            .filter(
              ([name]) => !name.endsWith("_id") && !name.endsWith("hash") && name !== "sha256",
            )
            .map(([name, value]) => (
              <div className="contents" key={name}>
                <dt className="text-muted">{fieldName(name)}</dt>
                <dd className="break-words">
                  {write(change.table, name, value, (change.after ?? {}) as Values)}
                </dd>
              </div>
            ))}
        </dl>
      ))}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button disabled={busy} icon="sync" onClick={() => void resend()} tone="primary">
          {t("refusals.resend")}
        </Button>
        <Button onClick={() => void dismiss()}>{t("refusals.dismiss")}</Button>
      </div>
    </Panel>
  );
}
