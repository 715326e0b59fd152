/** Invite somebody: by a link that is sent to them, or by a code that is read out. */

import { type FormEvent, useState } from "react";
import { useAct } from "../../../app/asking";
import { moment } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { useProject, useProjects } from "../../../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../../components/basics";
import { ChoiceField, SelectField, TextField } from "../../../components/fields";
import { Told } from "../../../components/Told";
import type { Role } from "../../../session/rights";
import { usePeopleStanding } from "./standing";

/** As `POST /api/users/invitations` answers, once. */
interface Invited {
  login: string;
  expires_at: string;
  link?: string;
  code?: string;
}

export default function Invite() {
  const { t, o, p } = usePeopleWords();
  const standing = usePeopleStanding();
  const [made, setMade] = useState<Invited | null>(null);
  const [round, setRound] = useState(0);
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <ScreenHead
        back="/people/invitations"
        backLabel={t("common.back")}
        title={p("invite.title")}
      />
      {standing.gives.length === 0 ? (
        <Empty icon="lock" title={o("not_yours")} />
      ) : made !== null ? (
        <Made
          made={made}
          onAnother={() => {
            setMade(null);
            setRound(round + 1);
          }}
        />
      ) : (
        <InviteForm key={round} onMade={setMade} />
      )}
    </div>
  );
}

function Made({ made, onAnother }: { made: Invited; onAnother: () => void }) {
  const { p, language } = usePeopleWords();
  const until = moment(Date.parse(made.expires_at), language);
  return (
    <Panel className="flex flex-col gap-4 p-4">
      {made.link !== undefined && (
        <>
          <Notice icon="sent" mood="good" title={p("invite.sent", { login: made.login })} />
          <p>{p("invite.link_words")}</p>
          <Told label={p("invite.form.link")} text={made.link} />
        </>
      )}
      {made.code !== undefined && (
        <>
          <p>{p("invite.code_words", { login: made.login })}</p>
          <Told label={p("invite.form.code")} text={made.code} />
        </>
      )}
      <p className="text-muted">{p("invite.until", { until })}</p>
      <Button className="self-start" icon="add" onClick={onAnother}>
        {p("invite.another")}
      </Button>
    </Panel>
  );
}

function InviteForm({ onMade }: { onMade: (made: Invited) => void }) {
  const { t, o, p } = usePeopleWords();
  const standing = usePeopleStanding();
  const here = useProject();
  const projects = useProjects();
  const { busy, trouble, field, act } = useAct();
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("employee");
  const [language, setLanguage] = useState("fr");
  const [form, setForm] = useState("link");
  const [chosen, setChosen] = useState<Record<string, Role> | null>(null);
  // The project at hand is the likeliest: it is proposed, and can be taken out.
  const given: Record<string, Role> =
    chosen ?? (here && standing.invitesInto.has(here.id) ? { [here.id]: "employee" } : {});
  const open = (projects ?? [])
    .filter((one) => standing.invitesInto.has(one.id) && one.status !== "archived")
    .sort((left, right) => left.code.localeCompare(right.code));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { login: login.trim(), name: name.trim(), role, language, form, projects: given };
    const made = await act<Invited>("POST", "/api/users/invitations", body);
    if (made !== null) onMade(made);
  };
  return (
    <form className="flex flex-col gap-5" onSubmit={submit}>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          autoCapitalize="none"
          autoComplete="off"
          error={field === "login" ? trouble : null}
          help={p("invite.login_help")}
          label={p("invite.login")}
          maxLength={200}
          onChange={(event) => setLogin(event.target.value)}
          required
          value={login}
        />
        <TextField
          autoComplete="off"
          error={field === "name" ? trouble : null}
          label={p("invite.name")}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          required
          value={name}
        />
      </div>
      <SelectField
        choices={standing.gives.map((one) => ({ value: one, label: o(`choice.${one}`) }))}
        label={p("invite.role")}
        onChange={(event) => setRole(event.target.value as Role)}
        value={role}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1.5 font-semibold">{p("invite.projects")}</legend>
        {open.length === 0 && <p className="text-muted">{p("invite.projects_none")}</p>}
        <ul className="flex flex-col divide-y divide-line rounded-xl border border-line bg-panel px-4">
          {open.map((one) => (
            <li className="flex flex-wrap items-center gap-3 py-2" key={one.id}>
              <span className="min-w-0 flex-1 basis-52 break-words">
                <strong>{one.code}</strong> · {one.name}
              </span>
              <label>
                <span className="sr-only">{`${o("field.role")} — ${one.code}`}</span>
                <select
                  className="target rounded-xl border border-muted bg-panel px-3"
                  onChange={(event) => {
                    const { [one.id]: _, ...others } = given;
                    const value = event.target.value;
                    setChosen(value === "" ? others : { ...others, [one.id]: value as Role });
                  }}
                  value={given[one.id] ?? ""}
                >
                  <option value="">{p("invite.not_in")}</option>
                  {standing.givesInProjects.map((each) => (
                    <option key={each} value={each}>
                      {o(`choice.${each}`)}
                    </option>
                  ))}
                </select>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      <div className="grid gap-5 sm:grid-cols-2">
        <ChoiceField
          choices={[
            { value: "fr", label: t("settings.french") },
            { value: "en", label: t("settings.english") },
          ]}
          label={p("invite.language")}
          onChange={setLanguage}
          value={language}
        />
        <ChoiceField
          choices={[
            { value: "link", label: p("invite.by_link") },
            { value: "code", label: p("invite.by_code") },
          ]}
          label={p("invite.how")}
          onChange={setForm}
          value={form}
        />
      </div>
      {trouble !== null && field !== "login" && field !== "name" && (
        <Notice icon="refused" mood="bad" title={trouble} />
      )}
      <Button
        className="self-start"
        disabled={busy || (standing.needsProject && Object.keys(given).length === 0)}
        icon="sent"
        tone="primary"
        type="submit"
      >
        {p("invite.send")}
      </Button>
    </form>
  );
}
