/** Cash flow by month as heights of bars. */

/** As `GET /api/projects/{project}/figures/cash-flow` answers. */
export interface CashMonth {
  month: string;
  currency: string;
  received: number;
  paid: number;
  expected: number;
  to_pay: number;
  balance: number;
}

export interface Flow {
  month: string;
  received: number;
  expected: number;
  paid: number;
  toPay: number;
  balance: number;
}

/** Return the bars' heights in pixels, the highest of a side filling it. */
export function flowsOf(months: readonly CashMonth[], heightPx: number): Flow[] {
  const most = Math.max(
    1,
    ...months.flatMap((one) => [one.received + one.expected, one.paid + one.to_pay]),
  );
  const scaled = (minor: number): number => Math.round((Math.max(0, minor) / most) * heightPx);
  return months.map((one) => ({
    month: one.month,
    received: scaled(one.received),
    expected: scaled(one.expected),
    paid: scaled(one.paid),
    toPay: scaled(one.to_pay),
    balance: one.balance,
  }));
}
