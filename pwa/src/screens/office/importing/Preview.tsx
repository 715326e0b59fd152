/** What an import would change, before anything is: counted, then in detail, field by field. */

import { money, number } from "../../../app/format";
import { useImportingWords } from "../../../app/importingWords";
import { Badge, Button, Notice, Panel } from "../../../components/basics";
import { useValues } from "../values";
import {
  type ConflictPreview,
  countLines,
  type FieldChange,
  type ImportAnswer,
  type ImportPreview,
  type RowPreview,
} from "./importPlan";

export function Preview({
  answer,
  preview,
  onConfirm,
}: {
  answer: ImportAnswer;
  preview: ImportPreview;
  onConfirm: () => void;
}) {
  const { m } = useImportingWords();
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-0 flex-1 basis-60 break-words">
          {preview.code} · {preview.name}
        </h2>
        <Badge icon={preview.new_project ? "add" : "sync"} mood="accent">
          {m(preview.new_project ? "new_project" : "update")}
        </Badge>
      </header>
      {preview.changes === 0 ? (
        <Notice icon="check" mood="good" title={m("nothing")} />
      ) : (
        <>
          <CountTable preview={preview} />
          <Conflicts hidden={preview.hidden.conflicts ?? 0} rows={preview.conflicts} />
          {!preview.new_project && (
            <>
              <Rows
                hidden={preview.hidden.changed ?? 0}
                open
                rows={preview.changed}
                what="changed"
              />
              <Rows hidden={preview.hidden.added ?? 0} rows={preview.added} what="added" />
              <Rows hidden={preview.hidden.removed ?? 0} rows={preview.removed} what="removed" />
            </>
          )}
          <Costs preview={preview} />
        </>
      )}
      <LeftAside answer={answer} preview={preview} />
      {preview.settled > 0 && (
        <p className="text-muted">{m("settled", { count: preview.settled })}</p>
      )}
      {preview.changes > 0 && (
        <div className="sticky bottom-20 flex flex-wrap items-center gap-3 rounded-2xl border border-accent bg-panel p-4 shadow-panel lg:bottom-4">
          <p className="min-w-0 flex-1 basis-60">{m("changes", { count: preview.changes })}</p>
          <Button icon="check" onClick={onConfirm} tone="primary">
            {m("confirm")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Return how tables, fields and values of an import are said. */
function useSaying() {
  const { m } = useImportingWords();
  const { fieldName, write } = useValues();
  return {
    table: (name: string): string => m(`table.${name}` as never, { defaultValue: name }),
    field: (name: string): string => m(`field.${name}` as never, { defaultValue: fieldName(name) }),
    value: (table: string, field: string, value: unknown): string => write(table, field, value, {}),
  };
}

const FATES = ["added", "changed", "removed", "unchanged", "conflicts"] as const;

function CountTable({ preview }: { preview: ImportPreview }) {
  const { m, language } = useImportingWords();
  const say = useSaying();
  return (
    <Panel className="overflow-hidden">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard too. */}
      <section aria-label={m("counts")} className="relative overflow-x-auto" tabIndex={0}>
        <table className="w-full border-collapse text-base">
          <thead className="bg-sunken">
            <tr>
              <th className="px-3 py-3 text-left font-semibold" scope="col">
                {m("what")}
              </th>
              {FATES.map((one) => (
                <th className="px-3 py-3 text-right font-semibold" key={one} scope="col">
                  {m(one)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {countLines(preview).map((line) => (
              <tr key={line.table}>
                <th className="px-3 py-3 text-left font-normal" scope="row">
                  {say.table(line.table)}
                </th>
                {FATES.map((one) => (
                  <td
                    className={`px-3 py-3 text-right tabular-nums ${
                      line[one] === 0
                        ? "text-muted"
                        : one === "conflicts" || one === "removed"
                          ? "font-bold text-bad"
                          : "font-bold"
                    }`}
                    key={one}
                  >
                    {line[one] === 0 ? "—" : number(line[one], language)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

function Rows({
  what,
  rows,
  hidden,
  open = false,
}: {
  what: "added" | "changed" | "removed";
  rows: readonly RowPreview[];
  hidden: number;
  open?: boolean;
}) {
  const { m } = useImportingWords();
  const say = useSaying();
  if (rows.length === 0) return null;
  return (
    <Panel className="p-4">
      <details open={open}>
        <summary className="target flex cursor-pointer items-center font-bold">
          {m("show", { what: m(what), count: rows.length + hidden })}
        </summary>
        <ul className="flex flex-col divide-y divide-line">
          {rows.map((one) => (
            <li className="flex flex-col gap-1 py-3" key={`${one.table}:${one.row}`}>
              <p>
                <span className="text-muted">{say.table(one.table)} · </span>
                <strong className="break-words">{one.label}</strong>
              </p>
              {one.fields.length > 0 && <Fields fields={one.fields} table={one.table} />}
            </li>
          ))}
        </ul>
        {hidden > 0 && <p className="pt-2 text-muted">{m("hidden", { count: hidden })}</p>}
      </details>
    </Panel>
  );
}

function Fields({ table, fields }: { table: string; fields: readonly FieldChange[] }) {
  const say = useSaying();
  return (
    <dl className="grid gap-x-4 text-base sm:grid-cols-[minmax(9rem,auto)_1fr]">
      {fields.map((one) => (
        <div className="contents" key={one.field}>
          <dt className="text-muted">{say.field(one.field)}</dt>
          <dd className="min-w-0 break-words">
            <del className="text-muted">{say.value(table, one.field, one.before)}</del>
            {" → "}
            <ins className="font-semibold no-underline">
              {say.value(table, one.field, one.after)}
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Conflicts({ rows, hidden }: { rows: readonly ConflictPreview[]; hidden: number }) {
  const { m } = useImportingWords();
  const say = useSaying();
  if (rows.length === 0) return null;
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <h3 className="font-bold">
        {m("conflicts")} ({rows.length + hidden})
      </h3>
      <p className="text-muted">{m("conflicts_words")}</p>
      <ul className="flex flex-col divide-y divide-line">
        {rows.map((one) => (
          <li className="flex flex-col gap-1 py-3" key={`${one.row}:${one.field}:${one.reason}`}>
            <p className="flex flex-wrap items-center gap-x-3">
              <strong className="break-words">{one.label}</strong>
              <Badge icon="conflict" mood="warn">
                {m(`reason.${one.reason}` as never)}
              </Badge>
            </p>
            {one.field !== null && (
              <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-base">
                <dt className="text-muted">{say.field(one.field)}</dt>
                <dd className="min-w-0 break-words">
                  {m("kept")} : <strong>{say.value(one.table, one.field, one.here)}</strong> ·{" "}
                  {m("in_file")} : {say.value(one.table, one.field, one.file)}
                </dd>
              </dl>
            )}
          </li>
        ))}
      </ul>
      {hidden > 0 && <p className="text-muted">{m("hidden", { count: hidden })}</p>}
    </Panel>
  );
}

function Costs({ preview }: { preview: ImportPreview }) {
  const { m, language } = useImportingWords();
  const { costs } = preview;
  if (costs === null || costs.lines.length === 0) return null;
  return (
    <Panel className="p-4">
      <details>
        <summary className="target flex cursor-pointer flex-wrap items-center justify-between gap-3 font-bold">
          {m("costs")}{" "}
          <span className="tabular-nums">{money(costs.total, costs.currency, language)}</span>
        </summary>
        <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 text-base">
          {costs.lines.map((one) => (
            <div className="contents" key={one.key}>
              <dt className="min-w-0 break-words">
                {one.code} · {one.name}
              </dt>
              <dd className="text-right tabular-nums">
                {money(one.amount, costs.currency, language)}
              </dd>
            </div>
          ))}
        </dl>
        {Number(costs.rounding) !== 0 && (
          <p className="pt-2 text-muted">{m("costs_rounded", { amount: costs.rounding })}</p>
        )}
      </details>
    </Panel>
  );
}

/** What of the file has no place here, and what its reading found. */
function LeftAside({ answer, preview }: { answer: ImportAnswer; preview: ImportPreview }) {
  const { m, language } = useImportingWords();
  const { warnings, warnings_hidden: hidden } = answer.file;
  if (preview.left.length === 0 && warnings.length === 0) return null;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      {preview.left.length > 0 && (
        <>
          <h3 className="font-bold">{m("left")}</h3>
          <ul className="flex flex-col divide-y divide-line">
            {preview.left.map((one) => (
              <li className="flex flex-wrap justify-between gap-x-4 py-2" key={one.reason}>
                <span className="min-w-0 break-words">
                  {m(`why.${one.reason}` as never)}
                  <span className="block text-base text-muted">
                    {m("left_example", { example: one.example })}
                  </span>
                </span>
                <strong className="tabular-nums">{number(one.count, language)}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
      {warnings.length > 0 && (
        <details>
          <summary className="target flex cursor-pointer items-center font-bold">
            {m("warnings")} ({warnings.length + hidden})
          </summary>
          <ul className="flex flex-col gap-1 text-base">
            {warnings.map((one) => (
              <li className="break-words" key={`${one.code}:${one.subject}:${one.line}`}>
                <code>{one.code}</code> {one.subject} {one.detail}
                {one.line !== null && ` (${m("line", { line: one.line })})`}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}
