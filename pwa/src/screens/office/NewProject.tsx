/** Begin a project: a code, a name, a currency that never changes, and dates. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { currencyName } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { actions, useAppDispatch } from "../../app/store";
import { useDraft } from "../../app/useDraft";
import { useSaving } from "../../app/useSaving";
import { useAllRows } from "../../app/workplace";
import { Button, Notice, ScreenHead } from "../../components/basics";
import { AreaField, SelectField, TextField } from "../../components/fields";

/** Those that sites of oil in French-speaking Africa use; the server knows all of ISO 4217. */
const CURRENCIES = ["XAF", "XOF", "EUR", "USD", "CDF", "DZD", "TND", "GNF", "GBP"];
const EMPTY = {
  code: "",
  name: "",
  currency: "XAF",
  site: "",
  start: "",
  finish: "",
  description: "",
};

export default function NewProject() {
  const { t, o, language } = useOfficeWords();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const sites = useAllRows("site");
  const { busy, trouble, save } = useSaving();
  const { values, set, clear } = useDraft("project", EMPTY);
  const [tried, setTried] = useState(false);
  const missing = (text: string): string | null =>
    tried && text.trim() === "" ? o("project.missing") : null;
  const backwards = values.start !== "" && values.finish !== "" && values.finish < values.start;

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (values.code.trim() === "" || values.name.trim() === "" || backwards) return;
    const saved = await save("project.begin", [
      {
        table: "project",
        after: {
          code: values.code.trim(),
          name: values.name.trim(),
          currency: values.currency,
          status: "draft",
          ...(values.site === "" ? {} : { site_id: values.site }),
          ...(values.start === "" ? {} : { start: values.start }),
          ...(values.finish === "" ? {} : { finish: values.finish }),
          ...(values.description.trim() === "" ? {} : { description: values.description.trim() }),
        },
      },
    ]);
    const project = saved?.[0];
    if (project === undefined) return;
    await clear();
    dispatch(actions.projectChosen(project));
    await navigate(`/projects/${project}`);
  };

  return (
    <>
      <ScreenHead back="/projects" backLabel={t("common.back")} title={o("project.new")} />
      <form className="flex max-w-3xl flex-col gap-5" onSubmit={submit}>
        <div className="grid gap-5 sm:grid-cols-[12rem_1fr]">
          <TextField
            error={missing(values.code)}
            label={o("field.code")}
            maxLength={60}
            onChange={(event) => set({ code: event.target.value })}
            value={values.code}
          />
          <TextField
            error={missing(values.name)}
            label={o("field.name")}
            maxLength={200}
            onChange={(event) => set({ name: event.target.value })}
            value={values.name}
          />
        </div>
        <SelectField
          choices={CURRENCIES.map((one) => ({ value: one, label: currencyName(one, language) }))}
          help={o("project.currency_help")}
          label={o("field.currency")}
          onChange={(event) => set({ currency: event.target.value })}
          value={values.currency}
        />
        {(sites?.length ?? 0) > 0 && (
          <SelectField
            choices={[
              { value: "", label: t("common.none") },
              ...(sites ?? []).map((one) => ({ value: one.id, label: one.name })),
            ]}
            label={o("table.site")}
            onChange={(event) => set({ site: event.target.value })}
            value={values.site}
          />
        )}
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            label={`${o("field.planned_start")} (${t("common.optional")})`}
            onChange={(event) => set({ start: event.target.value })}
            type="date"
            value={values.start}
          />
          <TextField
            error={backwards ? o("project.backwards") : null}
            label={`${o("field.planned_finish")} (${t("common.optional")})`}
            onChange={(event) => set({ finish: event.target.value })}
            type="date"
            value={values.finish}
          />
        </div>
        <AreaField
          label={`${o("field.description")} (${t("common.optional")})`}
          maxLength={20_000}
          onChange={(event) => set({ description: event.target.value })}
          value={values.description}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
      </form>
    </>
  );
}
