/** Fields and values of any row as people read them: for conflicts, and for the history. */

import { date, moment, money, number, percent } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import type { Language } from "../../app/store";
import { useAllRows, useProject } from "../../app/workplace";
import { fieldsOf, type Values } from "../../engine/schema";
import { TABLES, type TableName } from "../../generated/tables";

/** Write hybrid times (microseconds) as the device's moment. */
export function hybridMoment(time: number, language: Language): string {
  return moment(Math.floor(time / 1000), language);
}

/** Return what a row is called: the first of its fields that people know it by. */
export function titleOf(values: Values, language: Language): string {
  for (const name of ["name", "title", "description", "supplier", "cost_code", "code", "date"]) {
    const value = values[name];
    if (typeof value === "string" && value !== "") {
      if (name === "date") return date(value, language);
      const code = name === "name" ? values.code : undefined;
      return typeof code === "string" ? `${code} · ${value}` : value;
    }
  }
  return "—";
}

/** Return the functions that name a table, a field, a person, and write a value. */
export function useValues() {
  const { t, o, language } = useOfficeWords();
  const people = useAllRows("person");
  const project = useProject();
  const names = new Map((people ?? []).map((one) => [one.id, one.name]));
  const known = (key: string, fallback: string): string =>
    o(key as never, { defaultValue: fallback.replaceAll("_", " ") });

  const write = (table: string, field: string, value: unknown, row: Values): string => {
    if (value === null || value === undefined || value === "") return "—";
    const declared = Object.hasOwn(TABLES, table)
      ? fieldsOf(TABLES[table as TableName]).get(field)
      : undefined;
    if (typeof value === "number") {
      if (declared?.kind === "money") {
        return money(value, String(row.currency ?? project?.currency ?? ""), language);
      }
      if (field === "progress" || field.endsWith("_basis_points")) return percent(value, language);
      if (declared?.kind === "moment") return moment(value, language);
      return number(value, language);
    }
    if (typeof value === "boolean") return value ? t("common.yes") : t("common.no");
    if (typeof value === "string") {
      if (declared?.kind === "date") return date(value, language);
      if (declared?.kind === "local_time") {
        return `${date(value, language)} ${value.slice(11, 16)}`.trim();
      }
      if (declared?.choices !== undefined) return known(`choice.${value}`, value);
      return names.get(value) ?? value;
    }
    if (Array.isArray(value)) {
      return value.map((one) => names.get(String(one)) ?? String(one)).join(", ") || "—";
    }
    return JSON.stringify(value);
  };
  return {
    write,
    tableName: (table: string): string => known(`table.${table}`, table),
    fieldName: (field: string): string => known(`field.${field}`, field),
    personName: (person: string | null): string =>
      (person === null ? undefined : names.get(person)) ?? o("unknown_person"),
  };
}
