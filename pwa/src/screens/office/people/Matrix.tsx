/** Who may do what: shown to everyone, changed by who may change it, all changes at once. */

import { useMemo, useState } from "react";
import { useAct, useServer } from "../../../app/asking";
import { usePeopleWords } from "../../../app/peopleWords";
import { keepTable, useRights } from "../../../app/useRights";
import { Button, Notice, Panel } from "../../../components/basics";
import { ConfirmButton } from "../../../components/ConfirmButton";
import { TextField } from "../../../components/fields";
import { Icon } from "../../../components/icons";
import { useValues } from "../values";
import { Awaited } from "./Awaited";
import { CodesByRole } from "./CodesByRole";
import {
  allDefaults,
  changesOf,
  groupsOf,
  isAllowed,
  type MatrixGroup,
  type MatrixLine,
  type MatrixRecord,
  type Pending,
  toggled,
} from "./rightsTable";

const PATH = "/api/users/permissions";

export function Matrix() {
  const { data, failed } = useServer<MatrixRecord>(PATH);
  if (data === undefined) {
    return <Awaited failed={failed} />;
  }
  return (
    <div className="flex flex-col gap-6">
      <CodesByRole roles={data.roles} />
      <Editor matrix={data} />
    </div>
  );
}

function Editor({ matrix }: { matrix: MatrixRecord }) {
  const { p, language } = usePeopleWords();
  const rights = useRights();
  const { busy, trouble, act } = useAct();
  const [pending, setPending] = useState<Pending>(new Map());
  const [words, setWords] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  const [done, setDone] = useState(false);
  const edits = rights.may("permission.update");
  const groups = useMemo(
    () => groupsOf(matrix, words, language, onlyChanged),
    [matrix, words, language, onlyChanged],
  );
  const save = async (wanted: Pending): Promise<void> => {
    setDone(false);
    const body = { version: matrix.version, changes: changesOf(wanted) };
    const saved = await act<MatrixRecord>("PUT", PATH, body);
    if (saved === null) return;
    await keepTable(saved);
    setPending(new Map());
    setDone(true);
  };
  const changed = matrix.lines.some((line) => line.cells.some((one) => one.source === "override"));
  return (
    <section className="flex flex-col gap-3">
      <h2>{p("rights.title")}</h2>
      <p className="text-muted">{p("rights.words")}</p>
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1 basis-64">
          <TextField
            label={p("rights.search")}
            onChange={(event) => setWords(event.target.value)}
            type="search"
            value={words}
          />
        </div>
        {changed && (
          <label className="target flex items-center gap-3 font-semibold">
            <input
              checked={onlyChanged}
              className="size-6 accent-accent"
              onChange={(event) => setOnlyChanged(event.target.checked)}
              type="checkbox"
            />
            {p("rights.only_changed")}
          </label>
        )}
      </div>
      {done && pending.size === 0 && <Notice icon="check" mood="good" title={p("rights.saved")} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <Grid
        edits={edits && !busy}
        groups={groups}
        matrix={matrix}
        onToggle={(line, cell) => setPending(toggled(line, cell, pending))}
        pending={pending}
      />
      {edits && changed && pending.size === 0 && (
        <div>
          <ConfirmButton
            disabled={busy}
            icon="history"
            label={p("rights.back_to_default")}
            onConfirm={() => void save(allDefaults(matrix))}
          >
            {p("rights.changes", { count: allDefaults(matrix).size })}
          </ConfirmButton>
        </div>
      )}
      {pending.size > 0 && (
        <div className="sticky bottom-20 z-10 flex flex-wrap items-center gap-3 rounded-2xl border border-accent bg-panel p-4 shadow-panel lg:bottom-4">
          <p className="min-w-0 flex-1 basis-52 font-semibold" role="status">
            {p("rights.changes", { count: pending.size })}
          </p>
          <Button disabled={busy} icon="check" onClick={() => void save(pending)} tone="primary">
            {p("rights.save")}
          </Button>
          <Button disabled={busy} onClick={() => setPending(new Map())}>
            {p("rights.drop")}
          </Button>
        </div>
      )}
    </section>
  );
}

/** What is only said aloud is placed inside it too: it must not stretch the page. */
const PANE = "relative max-h-[75dvh] overflow-auto";

interface GridProps {
  matrix: MatrixRecord;
  groups: MatrixGroup[];
  pending: Pending;
  edits: boolean;
  onToggle: (line: MatrixLine, cell: MatrixLine["cells"][number]) => void;
}

function Grid({ matrix, groups, pending, edits, onToggle }: GridProps) {
  const { o, p, language } = usePeopleWords();
  const { tableName } = useValues();
  return (
    <Panel className="overflow-hidden">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard too. */}
      <section aria-label={p("rights.title")} className={PANE} tabIndex={0}>
        <table className="w-full border-collapse text-base">
          <thead>
            <tr>
              <th
                className="sticky top-0 left-0 z-[3] min-w-44 bg-sunken px-3 py-3 text-left font-semibold"
                scope="col"
              >
                {p("rights.who")}
              </th>
              {matrix.roles.map(({ role }) => (
                <th
                  className="sticky top-0 z-[2] bg-sunken px-2 py-3 text-center font-semibold whitespace-nowrap"
                  key={role}
                  scope="col"
                >
                  {o(`choice.${role}` as never)}
                </th>
              ))}
            </tr>
          </thead>
          {groups.map((group) => (
            <tbody className="divide-y divide-line" key={`${group.table}:${group.lines[0]?.right}`}>
              <tr>
                <th
                  className="bg-accent-soft px-3 py-2 text-left font-bold text-accent"
                  colSpan={matrix.roles.length + 1}
                  scope="colgroup"
                >
                  <span className="sticky left-3">
                    {group.table === null ? p("rights.general") : tableName(group.table)}
                  </span>
                </th>
              </tr>
              {group.lines.map((line) => (
                <tr key={`${line.operation}:${line.right}`}>
                  <th
                    className="sticky left-0 z-[1] bg-panel px-3 py-2 text-left font-normal"
                    scope="row"
                  >
                    {line.sentence[language]}
                  </th>
                  {line.cells.map((cell) => (
                    <Cell
                      cell={cell}
                      edits={edits}
                      key={cell.role}
                      line={line}
                      onToggle={onToggle}
                      pending={pending}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </section>
    </Panel>
  );
}

function Cell({
  line,
  cell,
  pending,
  edits,
  onToggle,
}: Omit<GridProps, "matrix" | "groups"> & {
  line: MatrixLine;
  cell: MatrixLine["cells"][number];
}) {
  const { t, o, p, language } = usePeopleWords();
  const allowed = isAllowed(line, cell, pending);
  const waits = allowed !== cell.allowed;
  const name = p("rights.allowed", {
    role: o(`choice.${cell.role}` as never),
    right: line.sentence[language],
  });
  const overridden = cell.source === "override";
  return (
    <td
      className={`px-2 text-center ${waits ? "bg-warn-soft" : overridden ? "bg-accent-soft" : ""}`}
    >
      {edits && !cell.locked ? (
        <label className="inline-flex size-12 cursor-pointer items-center justify-center">
          <span className="sr-only">
            {name}
            {overridden ? ` (${p("rights.overridden")})` : ""}
          </span>
          <input
            checked={allowed}
            className="size-6 accent-accent"
            onChange={() => onToggle(line, cell)}
            type="checkbox"
          />
        </label>
      ) : (
        <span className="inline-flex size-12 items-center justify-center text-muted">
          <span className="sr-only">{t(allowed ? "common.yes" : "common.no")}</span>
          {allowed ? <Icon name="check" size={20} /> : <span aria-hidden="true">·</span>}
        </span>
      )}
    </td>
  );
}
