/** One's own profile: photo, name, phone, languages; the password; the one-time codes. */

import { type FormEvent, useState } from "react";
import { useServer } from "../../app/asking";
import { phoneNumber } from "../../app/phone";
import { useProfileWords } from "../../app/profileWords";
import { useSaving } from "../../app/useSaving";
import { useRow, useWorkplace } from "../../app/workplace";
import { Button, Notice, Panel, ScreenHead } from "../../components/basics";
import { ChoiceField, SelectField, TextField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import type { Entity } from "../../replica/view";
import { Delegations } from "./Delegations";
import { OneTimeCodes } from "./OneTimeCodes";
import { Password } from "./Password";
import { Photo } from "./Photo";

/** As `GET /api/users/profile` answers, as far as the replica does not know it. */
export interface Profile {
  login: string;
  password_changed_at: string | null;
  codes: { enrolled: boolean; required: boolean; recovery_codes_left: number };
}

export default function ProfileScreen() {
  const { t, p } = useProfileWords();
  const { person } = useWorkplace();
  const me = useRow("person", person);
  const profile = useServer<Profile>("/api/users/profile");
  if (!me) return null;
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      <ScreenHead back="/settings" backLabel={t("common.back")} title={p("title")}>
        <SyncMark quiet state={me.syncState} />
      </ScreenHead>
      {profile.failed && <Notice icon="offline" mood="warn" title={p("offline")} />}
      <Photo me={me} />
      <Details key={me.id} me={me} />
      <Delegations />
      {profile.data && (
        <>
          <Password changedAt={profile.data.password_changed_at} />
          <OneTimeCodes state={profile.data.codes} />
        </>
      )}
    </div>
  );
}

function zones(): string[] {
  return Intl.supportedValuesOf("timeZone");
}

/** What the person is called and how they are reached: kept here, sent when there is a link. */
function Details({ me }: { me: Entity<"person"> }) {
  const { t, p } = useProfileWords();
  const { busy, trouble, save } = useSaving();
  const [name, setName] = useState(me.name);
  const [phone, setPhone] = useState(me.phone ?? "");
  const [language, setLanguage] = useState<string>(me.language ?? "fr");
  const [zone, setZone] = useState(me.time_zone ?? "");
  const [tried, setTried] = useState(false);
  const [done, setDone] = useState(false);
  const kept = phone.trim() === "" ? null : phoneNumber(phone);
  const badPhone = phone.trim() !== "" && kept === null;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setDone(false);
    if (badPhone || name.trim() === "") return;
    const wanted = {
      name: name.trim(),
      phone: kept,
      language: language as "fr" | "en",
      time_zone: zone === "" ? null : zone,
    };
    const after = Object.fromEntries(
      Object.entries(wanted).filter(
        ([field, value]) => (me[field as keyof typeof wanted] ?? null) !== value,
      ),
    );
    if (Object.keys(after).length === 0) {
      setDone(true);
      return;
    }
    const saved = await save("profile.change", [{ table: "person", row: me.id, after }]);
    setDone(saved !== null);
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h2>{p("details")}</h2>
        <TextField disabled label={t("login.login")} value={me.login} />
        <TextField
          autoComplete="name"
          error={tried && name.trim() === "" ? p("name_missing") : null}
          label={p("name")}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          value={name}
        />
        <TextField
          autoComplete="tel"
          error={tried && badPhone ? p("phone_wrong") : null}
          help={p("phone_help")}
          inputMode="tel"
          label={`${p("phone")} (${t("common.optional")})`}
          maxLength={40}
          onChange={(event) => setPhone(event.target.value)}
          value={phone}
        />
        <ChoiceField
          choices={[
            { value: "fr", label: t("settings.french") },
            { value: "en", label: t("settings.english") },
          ]}
          label={p("language")}
          onChange={setLanguage}
          value={language}
        />
        <SelectField
          choices={[
            { value: "", label: p("zone_of_site") },
            ...zones().map((one) => ({ value: one, label: one.replaceAll("_", " ") })),
          ]}
          label={p("zone")}
          onChange={(event) => setZone(event.target.value)}
          value={zone}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        {done && <Notice icon="check" mood="good" title={p("saved")} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
      </form>
    </Panel>
  );
}
