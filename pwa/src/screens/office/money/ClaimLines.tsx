/** The lines of an invoice to a client: quantities at a price, or how far each item has come. */

import { type FormEvent, useState } from "react";
import { money, percent } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useRows } from "../../../app/workplace";
import { Button, IconButton, Notice, Panel } from "../../../components/basics";
import { RowFields } from "../../../components/RowFields";
import type { Entity } from "../../../replica/view";

type Line = Entity<"invoice_line">;

const CLAIM = [
  "item_code",
  "description",
  "contract_amount",
  "reached_basis_points",
  "tax_basis_points",
] as const;
const PRICED = ["description", "quantity", "unit", "unit_price", "tax_basis_points"] as const;

export function ClaimLines({
  invoice,
  open,
}: {
  invoice: Entity<"client_invoice">;
  open: boolean;
}) {
  const { t, o, language } = useOfficeWords();
  const lines = useRows("invoice_line", invoice.scope);
  const { busy, trouble, save } = useSaving();
  const [edited, setEdited] = useState<string | null>(null);
  const own = (lines ?? [])
    .filter((one) => one.invoice_id === invoice.id)
    .sort((left, right) => (left.position ?? 0) - (right.position ?? 0));
  const write = (minor: number | null | undefined): string =>
    minor === null || minor === undefined ? "—" : money(minor, invoice.currency, language);
  const done = own.find((one) => one.id === edited) ?? null;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{o("claim.lines")}</h2>
      {own.length === 0 && <p className="text-muted">{o("claim.none")}</p>}
      <ul className="divide-y divide-line">
        {own.map((line) => (
          <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2" key={line.id}>
            <span className="min-w-0 flex-1 basis-64 break-words">
              <strong>{line.item_code ? `${line.item_code} · ` : ""}</strong>
              {line.description}
              <span className="block text-base text-muted">{detail(line, write, language, o)}</span>
            </span>
            <strong className="tabular-nums">{write(line.amount)}</strong>
            {open && (
              <>
                <Button onClick={() => setEdited(line.id)} tone="quiet">
                  {o("paper.edit")}
                </Button>
                <IconButton
                  disabled={busy}
                  icon="close"
                  label={`${t("common.delete")} — ${line.description}`}
                  onClick={() =>
                    void save("claim.delete", [
                      { table: "invoice_line", row: line.id, operation: "delete" },
                    ])
                  }
                />
              </>
            )}
          </li>
        ))}
      </ul>
      {own.length > 0 && (
        <p className="flex flex-wrap justify-end gap-x-6 border-t border-line pt-2 tabular-nums">
          <span>
            {o("field.amount")} <strong>{write(invoice.amount)}</strong>
          </span>
          <span>
            {o("field.tax_amount")} <strong>{write(invoice.tax_amount)}</strong>
          </span>
          <span>
            {o("paper.retention")} <strong>{write(invoice.retention_amount)}</strong>
          </span>
        </p>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {open && (
        <LineForm
          invoice={invoice}
          key={done?.id ?? `new:${own.length}`}
          line={done}
          onDone={() => setEdited(null)}
          position={own.length + 1}
        />
      )}
    </Panel>
  );
}

function detail(
  line: Line,
  write: (minor: number | null | undefined) => string,
  language: "fr" | "en",
  o: ReturnType<typeof useOfficeWords>["o"],
): string {
  if (line.reached_basis_points !== null && line.reached_basis_points !== undefined) {
    return o("claim.reached", {
      contract: write(line.contract_amount),
      reached: percent(line.reached_basis_points, language),
      before: write(line.previous_amount ?? 0),
    });
  }
  return `${line.quantity ?? "1"} ${line.unit ?? ""} × ${line.unit_price ?? "0"}`;
}

function LineForm({
  invoice,
  line,
  position,
  onDone,
}: {
  invoice: Entity<"client_invoice">;
  line: Line | null;
  position: number;
  onDone: () => void;
}) {
  const { t, o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const progress = invoice.kind === "progress";
  const names = progress ? CLAIM : PRICED;
  const form = useRowForm({
    table: "invoice_line",
    draft: `invoice_line:${line?.id ?? `${invoice.id}:${position}`}`,
    row: line,
    names,
    needed: progress ? ["item_code", "contract_amount", "reached_basis_points"] : ["unit_price"],
    currency: invoice.currency,
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const made = { project_id: invoice.project_id, invoice_id: invoice.id, position };
    const saved = await save("claim.write", [
      line === null
        ? { table: "invoice_line", after: { ...made, ...after } }
        : { table: "invoice_line", row: line.id, after },
    ]);
    if (saved === null) return;
    await form.clear();
    onDone();
  };
  return (
    <form className="flex flex-col gap-4 rounded-xl bg-sunken p-4" onSubmit={submit}>
      <h3 className="font-bold">{o(line === null ? "claim.add" : "claim.edit")}</h3>
      <RowFields
        entries={names.map((name) => ({
          name,
          label: o(`field.${name}` as never, { defaultValue: name }),
        }))}
        form={form}
      />
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button disabled={busy} icon="check" tone="primary" type="submit">
          {line === null ? o("claim.add") : t("common.save")}
        </Button>
        {line !== null && <Button onClick={onDone}>{t("common.cancel")}</Button>}
      </div>
    </form>
  );
}
