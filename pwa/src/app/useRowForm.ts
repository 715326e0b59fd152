/** A form over some fields of one row: what is typed is kept as a draft, and read as declared. */

import { useState } from "react";
import { fieldsOf, type Values } from "../engine/schema";
import { type Rows, TABLES, type TableName } from "../generated/tables";
import { readTyped, type Typed, typedOf } from "./entering";
import { useDraft } from "./useDraft";

export type FieldName<T extends TableName> = Extract<keyof Rows[T], string>;

export interface RowForm<T extends TableName = TableName> {
  table: T;
  /** What is typed, by field. */
  values: Record<string, string>;
  set: (name: FieldName<T>, text: string) => void;
  /** Whether a field has to be filled in. */
  needs: (name: FieldName<T>) => boolean;
  /** What is wrong with a field, once saving was tried. */
  faultOf: (name: FieldName<T>) => Typed["fault"];
  /** The money of this form. */
  currency: string;
  /** Return the fields that differ from the row's; null where something is wrong. */
  read: () => Partial<Rows[T]> | null;
  clear: () => Promise<void>;
}

/**
 * Open a form.
 *
 * `names` are the fields that it asks for; `begun` what stands in a new one; `needed` those that
 * have to be filled in although the declaration would not mind.
 */
export function useRowForm<T extends TableName>({
  table,
  draft,
  row,
  names,
  begun = {},
  needed = [],
  currency,
}: {
  table: T;
  draft: string;
  row: Rows[T] | null;
  names: readonly FieldName<T>[];
  begun?: Partial<Rows[T]>;
  needed?: readonly FieldName<T>[];
  currency: string;
}): RowForm<T> {
  const fields = fieldsOf(TABLES[table]);
  const shown = (values: Values, money: string): Record<string, string> =>
    Object.fromEntries(
      names.map((name) => {
        const field = fields.get(name);
        return [name, field === undefined ? "" : typedOf(field, values[name], money)];
      }),
    );
  const stored = (row ?? begun) as unknown as Values;
  const money = (values: Record<string, string>): string =>
    values.currency || String(stored.currency ?? currency);
  const initial = shown(stored, String(stored.currency ?? currency));
  const { values, set, clear } = useDraft<Record<string, string>>(draft, initial);
  const [tried, setTried] = useState(false);
  const needs = (name: FieldName<T>): boolean =>
    fields.get(name)?.required === true || needed.includes(name);
  const readOne = (name: FieldName<T>): Typed => {
    const field = fields.get(name);
    if (field === undefined) return { value: null, fault: null };
    return readTyped(field, values[name] ?? "", money(values), needs(name));
  };
  return {
    table,
    values,
    set: (name, text) => set({ [name]: text }),
    needs,
    faultOf: (name) => (tried ? readOne(name).fault : null),
    currency: money(values),
    clear,
    read: () => {
      setTried(true);
      const after: Values = {};
      for (const name of names) {
        const { value, fault } = readOne(name);
        if (fault !== null) return null;
        const before = row === null ? null : ((row as unknown as Values)[name] ?? null);
        if (JSON.stringify(value) !== JSON.stringify(before)) after[name] = value;
      }
      return after as Partial<Rows[T]>;
    },
  };
}
