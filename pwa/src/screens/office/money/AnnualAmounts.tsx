/** What a budget line may take year by year; a year without an amount is bounded by the whole. */

import { useState } from "react";
import { money, readMoney } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { Button } from "../../../components/basics";
import { TextField } from "../../../components/fields";
import { type Amounts, nextYear } from "./annual";

export function AnnualAmounts({
  amounts,
  given,
  currency,
  onChange,
}: {
  /** Year -> amount as typed. */
  amounts: Readonly<Record<string, string>>;
  /** Years whose amounts only an approved request moves. */
  given: Amounts;
  currency: string;
  onChange: (amounts: Record<string, string>) => void;
}) {
  const { t, o, language } = useOfficeWords();
  const [year, setYear] = useState(String(nextYear(Object.keys(amounts))));
  const years = Object.keys(amounts).sort();
  const valid = /^(19|20|21)\d\d$/.test(year) && !(year in amounts);
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="font-semibold">{o("annual.title")}</legend>
      <p className="text-muted">{o("annual.words")}</p>
      {years.map((one) => (
        <TextField
          disabled={one in given}
          error={
            readMoney(amounts[one] ?? "", currency) === null ? t("expense.amount_wrong") : null
          }
          inputMode="decimal"
          key={one}
          label={one}
          onChange={(event) => onChange({ ...amounts, [one]: event.target.value })}
          suffix={currency}
          value={one in given ? money(given[one] ?? 0, currency, language) : (amounts[one] ?? "")}
        />
      ))}
      <div className="flex flex-wrap items-end gap-3">
        <TextField
          inputMode="numeric"
          label={o("annual.year")}
          onChange={(event) => setYear(event.target.value)}
          value={year}
        />
        <Button
          disabled={!valid}
          onClick={() => {
            onChange({ ...amounts, [year]: "" });
            setYear(String(Number(year) + 1));
          }}
        >
          {o("annual.add")}
        </Button>
      </div>
    </fieldset>
  );
}
