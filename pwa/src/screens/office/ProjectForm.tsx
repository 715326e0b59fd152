/** The sheet of a project and of its site: changed here, also without a network. */

import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useRowForm } from "../../app/useRowForm";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRow, useRows } from "../../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../components/basics";
import { TextField } from "../../components/fields";
import { RowFields } from "../../components/RowFields";
import type { Entity } from "../../replica/view";
import { countryChoices, readDegrees, writeDegrees } from "./places";

const ASKED = [
  "code",
  "name",
  "start",
  "finish",
  "calendar_id",
  "time_zone",
  "site_id",
  "language",
  "description",
  "template",
] as const;
const SITE = ["name", "field_name", "block", "operator", "country", "time_zone"] as const;

export default function ProjectForm() {
  const { o } = useOfficeWords();
  const { project: id } = useParams();
  const project = useRow("project", id);
  const sites = useAllRows("site");
  const calendars = useRows("calendar", id ? `project:${id}` : null);
  if (project === undefined || sites === undefined || calendars === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("project.unknown")} />;
  return <Sheet calendars={calendars} key={project.id} project={project} sites={sites} />;
}

function Sheet({
  project,
  sites,
  calendars,
}: {
  project: Entity<"project">;
  sites: readonly Entity<"site">[];
  calendars: readonly Entity<"calendar">[];
}) {
  const { t, o } = useOfficeWords();
  const navigate = useNavigate();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const [backwards, setBackwards] = useState(false);
  const form = useRowForm({
    table: "project",
    draft: `project:${project.id}`,
    row: project,
    names: ASKED,
    currency: project.currency,
  });
  const zones = zoneChoices();
  const chosen = form.values.site_id ?? "";
  const site = sites.find((one) => one.id === chosen) ?? null;
  const back = `/projects/${project.id}`;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const [start, finish] = [form.values.start ?? "", form.values.finish ?? ""];
    const wrong = start !== "" && finish !== "" && finish < start;
    setBackwards(wrong);
    if (wrong) return;
    if (Object.keys(after).length > 0) {
      const saved = await save("project.change", [{ table: "project", row: project.id, after }]);
      if (saved === null) return;
    }
    await form.clear();
    await navigate(back);
  };
  const choices: Partial<Record<(typeof ASKED)[number], { value: string; label: string }[]>> = {
    calendar_id: calendars.map((one) => ({ value: one.id, label: one.name })),
    site_id: sites.map((one) => ({ value: one.id, label: one.name })),
    time_zone: zones,
    language: [
      { value: "fr", label: t("settings.french") },
      { value: "en", label: t("settings.english") },
    ],
  };
  return (
    <div className="flex max-w-4xl flex-col gap-8">
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <ScreenHead back={back} backLabel={t("common.back")} title={o("sheet.title")} />
        <RowFields
          entries={ASKED.map((name) => ({
            name,
            label: o(`sheet.field.${name}`),
            help: name === "time_zone" ? o("sheet.zone_help") : undefined,
            choices: choices[name],
          }))}
          form={form}
        />
        <p className="text-muted">{o("sheet.currency", { currency: project.currency })}</p>
        {backwards && <Notice icon="refused" mood="bad" title={o("project.backwards")} />}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
      </form>
      {(site === null ? rights.may("site.create") : rights.may("site.update")) && (
        <SiteForm
          key={site?.id ?? "new"}
          onMade={(made) => form.set("site_id", made)}
          site={site}
          zones={zones}
        />
      )}
    </div>
  );
}

function zoneChoices(): { value: string; label: string }[] {
  return Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }));
}

/** Where the site is and whose: the chosen one is changed, or a new one made. */
function SiteForm({
  site,
  zones,
  onMade,
}: {
  site: Entity<"site"> | null;
  zones: readonly { value: string; label: string }[];
  onMade: (site: string) => void;
}) {
  const { t, o, language } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [latitude, setLatitude] = useState(() => writeDegrees(site?.latitude_microdegrees));
  const [longitude, setLongitude] = useState(() => writeDegrees(site?.longitude_microdegrees));
  const [fault, setFault] = useState<"degrees" | "both" | null>(null);
  const [kept, setKept] = useState(false);
  const form = useRowForm({
    table: "site",
    draft: `site:${site?.id ?? "new"}`,
    row: site,
    names: SITE,
    currency: "XAF",
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setKept(false);
    const after = form.read();
    if (after === null) return;
    const place = {
      latitude_microdegrees: readDegrees(latitude, 90),
      longitude_microdegrees: readDegrees(longitude, 180),
    };
    const found = [place.latitude_microdegrees, place.longitude_microdegrees];
    const wrong = found.includes("wrong")
      ? "degrees"
      : found.filter((one) => one === null).length === 1
        ? "both"
        : null;
    setFault(wrong);
    if (wrong !== null) return;
    const moved = Object.fromEntries(
      Object.entries(place).filter(
        ([name, value]) => value !== (site?.[name as keyof typeof place] ?? null),
      ),
    );
    const all = { ...after, ...moved } as typeof after;
    if (Object.keys(all).length === 0) return;
    const saved = await save("site.change", [
      site === null ? { table: "site", after: all } : { table: "site", row: site.id, after: all },
    ]);
    if (saved === null) return;
    await form.clear();
    setKept(true);
    if (site === null && saved[0] !== undefined) onMade(saved[0]);
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <h2>{o(site === null ? "sheet.new_site" : "sheet.site")}</h2>
        <RowFields
          entries={SITE.map((name) => ({
            name,
            label: o(`sheet.site_field.${name}`),
            ...(name === "time_zone"
              ? { choices: zones }
              : name === "country"
                ? { choices: countryChoices(language) }
                : {}),
          }))}
          form={form}
        >
          <TextField
            help={o("sheet.degrees_help")}
            inputMode="text"
            label={`${o("sheet.latitude")} (${t("common.optional")})`}
            onChange={(event) => setLatitude(event.target.value)}
            value={latitude}
          />
          <TextField
            help={o("sheet.degrees_help")}
            inputMode="text"
            label={`${o("sheet.longitude")} (${t("common.optional")})`}
            onChange={(event) => setLongitude(event.target.value)}
            value={longitude}
          />
        </RowFields>
        {fault !== null && <Notice icon="refused" mood="bad" title={o(`sheet.${fault}`)} />}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        {kept && trouble === null && <Notice icon="check" mood="good" title={t("common.saved")} />}
        <Button className="self-start" disabled={busy} icon="check" type="submit">
          {o(site === null ? "sheet.make_site" : "sheet.keep_site")}
        </Button>
      </form>
    </Panel>
  );
}
