/** What an alert is about, as people call it. */

import type { Entity } from "../replica/view";
import { useRow } from "./workplace";

export function useSubject({ subject_table, subject_id }: Entity<"alert">): string | undefined {
  const of = (table: string): string | null =>
    subject_table === table ? (subject_id ?? null) : null;
  const task = useRow("task", of("task"));
  const line = useRow("budget_line", of("budget_line"));
  return task?.name ?? line?.description ?? line?.cost_code;
}
