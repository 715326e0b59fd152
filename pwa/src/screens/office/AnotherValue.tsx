/** Give a field in review a value of one's own. */

import { type FormEvent, useState } from "react";
import { decimalsOf, readMoney } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useProject } from "../../app/workplace";
import { Button } from "../../components/basics";
import { AreaField, SelectField, TextField } from "../../components/fields";
import { type Field, fieldsOf, type Values } from "../../engine/schema";
import { TABLES, type TableName } from "../../generated/tables";

export function AnotherValue({
  table,
  field,
  row,
  onGive,
  onCancel,
}: {
  table: TableName;
  field: string;
  row: Values;
  onGive: (value: unknown) => void;
  onCancel: () => void;
}) {
  const { t, o } = useOfficeWords();
  const project = useProject();
  const currency = String(row.currency ?? project?.currency ?? "");
  const declared = fieldsOf(TABLES[table]).get(field);
  const [text, setText] = useState(() => asText(declared, row[field], currency));
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const value = asValue(declared, text, currency);
    setWrong(value === undefined);
    if (value !== undefined) onGive(value);
  };
  const shared = { label: o("conflict.value"), error: wrong ? o("conflict.invalid") : null };
  return (
    <form className="flex flex-col gap-3" onSubmit={submit}>
      {declared?.choices !== undefined ? (
        <SelectField
          choices={declared.choices.map((one) => ({
            value: one,
            label: o(`choice.${one}` as never, { defaultValue: one }),
          }))}
          onChange={(event) => setText(event.target.value)}
          value={text}
          {...shared}
        />
      ) : declared?.policy === "text" ? (
        <AreaField
          onChange={(event) => setText(event.target.value)}
          rows={6}
          value={text}
          {...shared}
        />
      ) : (
        <TextField
          inputMode={isNumber(declared) ? "decimal" : "text"}
          onChange={(event) => setText(event.target.value)}
          type={declared?.kind === "date" ? "date" : "text"}
          value={text}
          {...(declared?.kind === "money" ? { suffix: currency } : {})}
          {...shared}
        />
      )}
      <div className="flex flex-wrap gap-3">
        <Button icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}

function isNumber(field: Field | undefined): boolean {
  return field?.kind === "money" || field?.kind === "integer" || field?.kind === "decimal";
}

function asText(field: Field | undefined, value: unknown, currency: string): string {
  if (field?.kind === "money" && typeof value === "number") {
    const decimals = decimalsOf(currency);
    return (value / 10 ** decimals).toFixed(decimals);
  }
  return value === null || value === undefined ? "" : String(value);
}

/** Return the value that a text stands for, undefined when it fits not the field. */
function asValue(field: Field | undefined, text: string, currency: string): unknown {
  const plain = text.trim();
  if (plain === "") return field?.required ? undefined : null;
  if (field?.kind === "money") return readMoney(plain, currency) ?? undefined;
  if (field?.kind === "boolean") return plain === "true";
  if (field?.kind === "integer") return /^-?\d{1,15}$/.test(plain) ? Number(plain) : undefined;
  if (field?.kind === "decimal") {
    const dotted = plain.replace(",", ".");
    return /^-?\d+(\.\d+)?$/.test(dotted) ? dotted : undefined;
  }
  return text;
}
