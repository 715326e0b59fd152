/** The fields of a row's form, each as its declaration has it typed. */

import type { ReactNode } from "react";
import { unitOf } from "../app/entering";
import type { FieldName, RowForm } from "../app/useRowForm";
import { useWords } from "../app/words";
import { fieldsOf } from "../engine/schema";
import { TABLES, type TableName } from "../generated/tables";
import { AreaField, type Choice, SelectField, TextField } from "./fields";
import { TaskField } from "./TaskField";

const LONG_TEXT = 500;

export interface Entry<T extends TableName> {
  name: FieldName<T>;
  label: string;
  help?: string | undefined;
  /** Choices other than the declared ones, or the rows that a reference may name. */
  choices?: readonly Choice[] | undefined;
  /** The scope among whose tasks is chosen, and whether one that is done may be named. */
  tasksOf?: { scope: string; ended?: boolean } | undefined;
  /** How a declared choice is called. */
  word?: (value: string) => string;
  disabled?: boolean;
  /** Suggestions for what is typed. */
  list?: string;
}

export function RowFields<T extends TableName>({
  form,
  entries,
  children,
}: {
  form: RowForm<T>;
  entries: readonly Entry<T>[];
  children?: ReactNode;
}) {
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      {entries.map((entry) => (
        <OneField entry={entry} form={form} key={entry.name} />
      ))}
      {children}
    </div>
  );
}

function OneField<T extends TableName>({ form, entry }: { form: RowForm<T>; entry: Entry<T> }) {
  const { t } = useWords();
  const { name } = entry;
  const field = fieldsOf(TABLES[form.table]).get(name);
  if (field === undefined) return null;
  const required = form.needs(name);
  const fault = form.faultOf(name);
  const common = {
    label: required ? entry.label : `${entry.label} (${t("common.optional")})`,
    help: entry.help,
    error: fault === null ? null : t(`typed.${fault}`),
    disabled: entry.disabled === true,
    value: form.values[name] ?? "",
  };
  const set = (text: string): void => form.set(name, text);
  if (entry.tasksOf !== undefined) {
    return <TaskField {...common} {...entry.tasksOf} onChange={set} />;
  }
  const choices = entry.choices ?? declaredChoices(field.choices, entry.word);
  if (choices !== undefined) {
    const empty = required && common.value !== "" ? [] : [{ value: "", label: "—" }];
    return (
      <SelectField
        {...common}
        choices={[...empty, ...choices]}
        onChange={(event) => set(event.target.value)}
      />
    );
  }
  if (field.kind === "boolean") {
    return (
      <label className="target flex items-center gap-3 self-end font-semibold">
        <input
          checked={common.value === "yes"}
          className="h-7 w-7 accent-accent"
          disabled={common.disabled}
          onChange={(event) => set(event.target.checked ? "yes" : "no")}
          type="checkbox"
        />
        {entry.label}
      </label>
    );
  }
  if (field.kind === "text" && (field.maxLength ?? 0) > LONG_TEXT) {
    return (
      <div className="sm:col-span-2">
        <AreaField
          {...common}
          maxLength={field.maxLength}
          onChange={(event) => set(event.target.value)}
          rows={3}
        />
      </div>
    );
  }
  const unit = unitOf(name);
  const suffix =
    field.kind === "money"
      ? form.currency
      : field.kind !== "integer"
        ? undefined
        : unit === "percent"
          ? "%"
          : unit === "hours"
            ? "h"
            : undefined;
  const type = field.kind === "date" ? "date" : field.kind === "local_time" ? "datetime-local" : "";
  const numeric = ["money", "integer", "decimal"].includes(field.kind);
  return (
    <TextField
      {...common}
      {...(suffix === undefined ? {} : { suffix })}
      {...(numeric ? { inputMode: "decimal" as const } : {})}
      {...(type === "" ? {} : { type })}
      {...(entry.list === undefined ? {} : { list: entry.list })}
      autoComplete="off"
      maxLength={field.kind === "text" ? field.maxLength : undefined}
      onChange={(event) => set(event.target.value)}
    />
  );
}

function declaredChoices(
  declared: readonly string[] | undefined,
  word: ((value: string) => string) | undefined,
): readonly Choice[] | undefined {
  return declared?.map((value) => ({ value, label: word?.(value) ?? value }));
}
