/** What the forms of money offer: lines, orders, invoices, currencies, and names used before. */

import { currencyName, money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useAllRows, useRows } from "../../../app/workplace";
import type { Choice } from "../../../components/fields";
import type { Entity } from "../../../replica/view";
import { figuresOf } from "../BudgetLines";
import { balanceOf, type Invoice, isPayable } from "./papers";

/** Return the budget's lines, with what remains of each. */
export function useLineChoices(project: Entity<"project">): Choice[] {
  const { language } = useOfficeWords();
  const scope = `finance:${project.id}`;
  const lines = useRows("budget_line", scope);
  const budgets = useRows("budget", scope);
  const currencyOf = (budget: string): string =>
    budgets?.find((one) => one.id === budget)?.currency ?? project.currency;
  return (lines ?? [])
    .toSorted((left, right) => left.cost_code.localeCompare(right.cost_code))
    .map((one) => {
      const rest = money(figuresOf(one).remaining, currencyOf(one.budget_id), language);
      return { value: one.id, label: `${one.cost_code} · ${one.description ?? ""} (${rest})` };
    });
}

/** Return the orders that an invoice may be held against. */
export function useOrderChoices(orders: readonly Entity<"purchase_order">[]): Choice[] {
  const { language } = useOfficeWords();
  return orders
    .filter((one) => one.status === "approved")
    .map((one) => ({
      value: one.id,
      label: `${one.number ?? ""} ${one.supplier} · ${one.title} (${money(
        one.amount - (one.invoiced ?? 0),
        one.currency,
        language,
      )})`.trim(),
    }));
}

/** Return the invoices that can be paid, and what is left of each. */
export function usePayableChoices(invoices: readonly Invoice[], kept: string): Choice[] {
  const { language } = useOfficeWords();
  return invoices
    .filter((one) => one.id === kept || isPayable(one))
    .map((one) => ({
      value: one.id,
      label: `${nameOf(one)} (${money(balanceOf(one).due, one.currency, language)})`,
    }));
}

export function nameOf(invoice: Invoice): string {
  return "supplier" in invoice
    ? `${invoice.supplier} · ${invoice.reference}`
    : `${invoice.client} · ${invoice.number ?? ""} ${invoice.title}`;
}

/** Return the project's currency first, then those that have a rate. */
export function useCurrencyChoices(project: Entity<"project">): Choice[] {
  const { language } = useOfficeWords();
  const rates = useAllRows("exchange_rate");
  const names = new Set([project.currency]);
  for (const rate of rates ?? []) names.add(rate.currency).add(rate.quote);
  return [...names].map((value) => ({ value, label: currencyName(value, language) }));
}
