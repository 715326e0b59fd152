/** The lines of a daily report: people by trade, machines, quantities, deliveries, delays, safety. */

import { type FormEvent, useState } from "react";
import { writeHours } from "../../app/entering";
import { useFieldWords } from "../../app/fieldWords";
import { useRowForm } from "../../app/useRowForm";
import { useSaving } from "../../app/useSaving";
import { useRows } from "../../app/workplace";
import { Button, IconButton, Notice, Panel } from "../../components/basics";
import { type Entry, RowFields } from "../../components/RowFields";
import { SyncMark } from "../../components/SyncMark";
import type { Edit } from "../../replica/editing";
import type { Entity } from "../../replica/view";
import { ASKED, LINE_KINDS, type LineKind, sumOf } from "./reports";

type Line = Entity<"report_line">;

const SUGGESTED_MAX = 40;

export function ReportLines({
  project,
  report,
  begin,
  locked,
}: {
  project: string;
  report: string;
  /** What makes the report where it is not there yet: a line needs it. */
  begin: () => Edit[];
  locked: boolean;
}) {
  const { f } = useFieldWords();
  const lines = useRows("report_line", `project:${project}`);
  const [open, setOpen] = useState<{ kind: LineKind; line: Line | null } | null>(null);
  if (lines === undefined) return null;
  const own = lines.filter((one) => one.report_id === report);
  return (
    <section aria-label={f("line.title")} className="flex flex-col gap-3">
      <h2>{f("line.title")}</h2>
      {LINE_KINDS.map((kind) => (
        <Kind
          begin={begin}
          key={kind}
          kind={kind}
          lines={own.filter((one) => one.kind === kind)}
          locked={locked}
          onOpen={(line) => setOpen({ kind, line })}
          onShut={() => setOpen(null)}
          open={open?.kind === kind ? open : null}
          project={project}
          report={report}
          used={lines.filter((one) => one.kind === kind)}
        />
      ))}
    </section>
  );
}

function Kind({
  kind,
  lines,
  used,
  locked,
  open,
  onOpen,
  onShut,
  project,
  report,
  begin,
}: {
  kind: LineKind;
  lines: readonly Line[];
  /** Lines of all reports, for what was written before. */
  used: readonly Line[];
  locked: boolean;
  open: { line: Line | null } | null;
  onOpen: (line: Line | null) => void;
  onShut: () => void;
  project: string;
  report: string;
  begin: () => Edit[];
}) {
  const { t, f } = useFieldWords();
  const { busy, trouble, save } = useSaving();
  if (locked && lines.length === 0) return null;
  const sum = sumOf(lines);
  const sorted = [...lines].sort((left, right) => left.id.localeCompare(right.id));
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <header className="flex flex-wrap items-center gap-3">
        <h3 className="min-w-0 flex-1 font-bold">
          {f(`line.kind.${kind}`)}
          {lines.length > 0 && (kind === "labour" || kind === "delay") && (
            <span className="font-normal text-muted">
              {" — "}
              {kind === "labour" ? f("line.people", { count: sum.people }) : ""}{" "}
              {f("line.hours", { hours: writeHours(sum.minutes) })}
            </span>
          )}
        </h3>
        {!locked && open === null && (
          <Button icon="add" onClick={() => onOpen(null)}>
            <span aria-hidden="true">{f("line.add")}</span>
            <span className="sr-only">{f("line.add_kind", { kind: f(`line.kind.${kind}`) })}</span>
          </Button>
        )}
      </header>
      {sorted.length > 0 && (
        <ul className="divide-y divide-line">
          {sorted.map((line) => (
            <li className="flex items-center gap-2 py-1" key={line.id}>
              <button
                className="target flex min-w-0 flex-1 flex-col items-start justify-center text-left"
                disabled={locked}
                onClick={() => onOpen(line)}
                type="button"
              >
                <span className="font-semibold break-words">{line.label}</span>
                <Detail line={line} />
              </button>
              <SyncMark quiet state={line.syncState} />
              {!locked && (
                <IconButton
                  disabled={busy}
                  icon="close"
                  label={`${t("common.delete")} — ${line.label}`}
                  onClick={() =>
                    void save("report.line", [
                      { table: "report_line", row: line.id, operation: "delete" },
                    ])
                  }
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {open !== null && !locked && (
        <LineForm
          begin={begin}
          key={open.line?.id ?? `new:${lines.length}`}
          kind={kind}
          line={open.line}
          onShut={onShut}
          project={project}
          report={report}
          suggested={[...new Set(used.map((one) => one.label))].slice(0, SUGGESTED_MAX)}
        />
      )}
    </Panel>
  );
}

/** The rest of a line, in the order in which people say it. */
function Detail({ line }: { line: Line }) {
  const { f } = useFieldWords();
  const parts = [
    line.company,
    line.count === null || line.count === undefined ? null : `× ${line.count}`,
    line.minutes ? f("line.hours", { hours: writeHours(line.minutes) }) : null,
    line.quantity ? `${line.quantity.replace(".", ",")} ${line.unit ?? ""}`.trim() : null,
    line.state ? f(`line.state.${line.state}`) : null,
    line.cause,
    line.note,
  ].filter((part) => part !== null && part !== undefined && part !== "");
  return <span className="text-base break-words text-muted">{parts.join(" · ")}</span>;
}

function LineForm({
  kind,
  line,
  project,
  report,
  begin,
  suggested,
  onShut,
}: {
  kind: LineKind;
  line: Line | null;
  project: string;
  report: string;
  begin: () => Edit[];
  suggested: readonly string[];
  onShut: () => void;
}) {
  const { t, f } = useFieldWords();
  const { busy, trouble, save } = useSaving();
  const form = useRowForm({
    table: "report_line",
    draft: `report_line:${line?.id ?? `${report}:${kind}`}`,
    row: line,
    names: ASKED[kind],
    currency: "XAF",
  });
  const list = `lines-${kind}`;
  const entries: Entry<"report_line">[] = ASKED[kind].map((name) => ({
    name,
    label: f(name === "label" ? `line.label.${kind}` : (`line.field.${name}` as never)),
    word: (value) => f(`line.state.${value}` as never),
    ...(name === "label" ? { list } : {}),
    ...(name === "task_id" ? { tasksOf: { scope: `project:${project}` } } : {}),
  }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const made = { project_id: project, report_id: report, kind };
    const saved = await save(
      "report.line",
      line === null
        ? [...begin(), { table: "report_line", after: { ...made, ...after } }]
        : [{ table: "report_line", row: line.id, after }],
    );
    if (saved === null) return;
    await form.clear();
    onShut();
  };
  return (
    <form className="flex flex-col gap-4 rounded-xl bg-sunken p-4" onSubmit={submit}>
      <RowFields entries={entries} form={form} />
      <datalist id={list}>
        {suggested.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button className="flex-1" disabled={busy} icon="check" tone="primary" type="submit">
          {f("line.keep")}
        </Button>
        <Button className="flex-1" onClick={onShut}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
