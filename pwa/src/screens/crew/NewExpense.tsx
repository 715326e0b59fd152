/** An expense in under fifteen seconds: amount, photo, supplier, done. */

import { useLiveQuery } from "dexie-react-hooks";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { readMoney, today } from "../../app/format";
import { attachment, type KeptFile, keepPhoto } from "../../app/photos";
import { useDraft } from "../../app/useDraft";
import { useSaving } from "../../app/useSaving";
import { useWords } from "../../app/words";
import { useProject, useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, Panel, ScreenHead } from "../../components/basics";
import { TextField } from "../../components/fields";
import { TaskField } from "../../components/TaskField";
import { DEVICE_SOURCES, uuid7 } from "../../replica/identity";

interface Draft {
  amount: string;
  supplier: string;
  description: string;
  date: string;
  task: string;
  currency: string;
  receipt: KeptFile | null;
}

export default function NewExpense() {
  const { t } = useWords();
  const { person, database } = useWorkplace();
  const project = useProject();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const draft = useDraft<Draft>("expense", {
    amount: "",
    supplier: "",
    description: "",
    date: today(),
    task: "",
    currency: "",
    receipt: null,
  });
  const [wrong, setWrong] = useState(false);
  const { values, set } = draft;
  const currency = values.currency || project?.currency || "XAF";

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const amount = readMoney(values.amount, currency);
    setWrong(amount === null || amount === 0);
    if (amount === null || amount === 0 || !project) return;
    const row = uuid7(DEVICE_SOURCES);
    const { receipt } = values;
    const title = values.supplier.trim() || t("expense.receipt");
    const saved = await save("expense.record", [
      ...(receipt === null
        ? []
        : attachment(
            receipt,
            { project: project.id, person, title, purpose: "receipt" },
            { table: "expense", row },
          )),
      {
        table: "expense",
        row,
        operation: "create",
        after: {
          project_id: project.id,
          date: values.date,
          amount,
          currency,
          status: "submitted",
          author_id: person,
          ...(values.supplier.trim() === "" ? {} : { supplier: values.supplier.trim() }),
          ...(values.description.trim() === "" ? {} : { description: values.description.trim() }),
          ...(values.task === "" ? {} : { task_id: values.task }),
          ...(receipt === null
            ? {}
            : { receipt_id: receipt.version, receipt_hash: receipt.sha256 }),
        },
      },
    ]);
    if (saved === null) return;
    await draft.clear();
    await navigate("/expenses");
  };

  if (!project) return null;
  return (
    <>
      <ScreenHead back="/expenses" backLabel={t("common.back")} title={t("expense.title")} />
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <TextField
          autoFocus
          enterKeyHint="next"
          error={wrong ? t("expense.amount_wrong") : null}
          inputMode="decimal"
          label={t("expense.amount")}
          onChange={(event) => set({ amount: event.target.value })}
          suffix={currency}
          value={values.amount}
        />
        <Receipt
          kept={values.receipt}
          onTake={async (file) => {
            const receipt = await keepPhoto(database, file, receiptName(values.date));
            // The one it replaces was named by no row: nothing is lost with it.
            if (values.receipt !== null) await database.blobs.delete(values.receipt.version);
            set({ receipt });
          }}
        />
        <TextField
          autoComplete="off"
          label={t("expense.supplier")}
          list="suppliers"
          maxLength={200}
          onChange={(event) => set({ supplier: event.target.value })}
          value={values.supplier}
        />
        <Suppliers scope={`project:${project.id}`} />
        <TextField
          label={`${t("expense.description")} (${t("common.optional")})`}
          maxLength={1_000}
          onChange={(event) => set({ description: event.target.value })}
          value={values.description}
        />
        <details className="rounded-xl border border-line bg-panel px-4">
          <summary className="target flex cursor-pointer items-center font-semibold">
            {t("expense.date")}, {t("expense.task").toLowerCase()}
          </summary>
          <div className="flex flex-col gap-5 pt-2 pb-4">
            <TextField
              label={t("expense.date")}
              onChange={(event) => set({ date: event.target.value })}
              type="date"
              value={values.date}
            />
            <TaskField
              label={t("expense.task")}
              onChange={(task) => set({ task })}
              scope={`project:${project.id}`}
              value={values.task}
            />
          </div>
        </details>
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button disabled={busy} icon="check" tone="primary" type="submit">
          {t("expense.record")}
        </Button>
      </form>
    </>
  );
}

function receiptName(day: string): string {
  return `recu-${day}.jpg`;
}

function Receipt({
  kept,
  onTake,
}: {
  kept: KeptFile | null;
  onTake: (file: File) => Promise<void>;
}) {
  const { t } = useWords();
  const { database } = useWorkplace();
  const input = useRef<HTMLInputElement>(null);
  const stored = useLiveQuery(
    async () => (kept === null ? undefined : database.blobs.get(kept.version)),
    [database, kept?.version],
  );
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (stored === undefined) {
      setAddress(null);
      return;
    }
    const made = URL.createObjectURL(stored.blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [stored]);
  return (
    <Panel className="flex items-center gap-4 p-3">
      {address !== null && (
        <img
          alt={t("expense.receipt")}
          className="h-24 w-24 rounded-lg object-cover"
          src={address}
        />
      )}
      <Button className="flex-1" icon="photo" onClick={() => input.current?.click()}>
        {address === null ? t("expense.take") : t("expense.retake")}
      </Button>
      <input
        accept="image/*"
        aria-label={t("expense.receipt")}
        capture="environment"
        className="hidden"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) void onTake(file);
        }}
        ref={input}
        type="file"
      />
    </Panel>
  );
}

const SUPPLIERS_SHOWN = 30;

/** The suppliers named before, most used first: two letters are enough. */
function Suppliers({ scope }: { scope: string }) {
  const expenses = useRows("expense", scope);
  const counts = new Map<string, number>();
  for (const { supplier } of expenses ?? []) {
    if (supplier) counts.set(supplier, (counts.get(supplier) ?? 0) + 1);
  }
  const names = [...counts].sort((left, right) => right[1] - left[1]).slice(0, SUPPLIERS_SHOWN);
  return (
    <datalist id="suppliers">
      {names.map(([name]) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
