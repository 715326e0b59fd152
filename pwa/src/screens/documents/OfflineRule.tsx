/** What the tablets of a project keep offline: one rule for all. */

import { type FormEvent, useState } from "react";
import { useDocumentWords } from "../../app/documentWords";
import { useSaving } from "../../app/useSaving";
import { useRows } from "../../app/workplace";
import { Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import { type Rule, ruleOf } from "../../documents/keeping";
import type { Entity } from "../../replica/view";

const MEGABYTE = 1_000_000;
const DAYS_MAX = 3_650;

export default function OfflineRule({ project }: { project: string }) {
  const rules = useRows("offline_rule", `project:${project}`);
  if (rules === undefined) return null;
  const stored = rules[0];
  return <Form key={stored?.id ?? "new"} project={project} stored={stored} />;
}

/** Read a whole number; null when it is none. */
function whole(text: string, most: number): number | null {
  const found = /^\s*(\d{1,9})\s*$/.exec(text);
  const value = found === null ? Number.NaN : Number(found[1]);
  return value <= most ? value : null;
}

function Form({
  project,
  stored,
}: {
  project: string;
  stored: Entity<"offline_rule"> | undefined;
}) {
  const { t, d } = useDocumentWords();
  const { busy, trouble, save } = useSaving();
  const rule: Rule = ruleOf(stored);
  const [pinned, setPinned] = useState(rule.pinned);
  const [mine, setMine] = useState(rule.mine);
  const [days, setDays] = useState(String(rule.recentDays));
  const [file, setFile] = useState(String(Math.round(rule.fileBytesMax / MEGABYTE)));
  const [total, setTotal] = useState(String(Math.round(rule.totalBytesMax / MEGABYTE)));
  const [said, setSaid] = useState<"wrong" | "saved" | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const read = {
      days: whole(days, DAYS_MAX),
      file: whole(file, 1_000_000),
      total: whole(total, 1_000_000),
    };
    setSaid("wrong");
    if (read.days === null || read.file === null || read.total === null) return;
    setSaid(null);
    const after = {
      pinned,
      mine,
      recent_days: read.days,
      file_bytes_max: read.file * MEGABYTE,
      total_bytes_max: read.total * MEGABYTE,
    };
    const saved = await save("document.rule", [
      stored === undefined
        ? { table: "offline_rule", after: { project_id: project, ...after } }
        : { table: "offline_rule", row: stored.id, after },
    ]);
    if (saved !== null) setSaid("saved");
  };
  const tick = (label: string, value: boolean, set: (value: boolean) => void) => (
    <label className="target flex items-center gap-3">
      <input
        checked={value}
        className="size-6 accent-accent"
        onChange={(event) => set(event.target.checked)}
        type="checkbox"
      />
      {label}
    </label>
  );
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h2>{d("rule.title")}</h2>
        <p className="text-muted">{d("rule.explain")}</p>
        {tick(d("rule.pinned"), pinned, setPinned)}
        {tick(d("rule.mine"), mine, setMine)}
        <div className="grid items-end gap-4 sm:grid-cols-3">
          <TextField
            inputMode="numeric"
            label={d("rule.recent")}
            onChange={(event) => setDays(event.target.value)}
            value={days}
          />
          <TextField
            inputMode="numeric"
            label={d("rule.file")}
            onChange={(event) => setFile(event.target.value)}
            value={file}
          />
          <TextField
            inputMode="numeric"
            label={d("rule.total")}
            onChange={(event) => setTotal(event.target.value)}
            value={total}
          />
        </div>
        {said === "wrong" && <Notice icon="refused" mood="bad" title={d("rule.wrong")} />}
        {said === "saved" && <Notice icon="saved" mood="good" title={d("rule.saved")} />}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
      </form>
    </Panel>
  );
}
