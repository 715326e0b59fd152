/** Language, theme, PIN, and who works here. */

import { useLiveQuery } from "dexie-react-hooks";
import { type FormEvent, useState } from "react";
import { WHOLE_PHOTOS } from "../app/photos";
import { actions, type Language, type Theme, useAppDispatch, useAppSelector } from "../app/store";
import { useWords } from "../app/words";
import { useRow, useWorkplace } from "../app/workplace";
import { Button, LinkButton, Notice, Panel, ScreenHead } from "../components/basics";
import { ChoiceField, TextField } from "../components/fields";
import { device, setPin, setSetting, setting } from "../session/device";

declare const __APP_VERSION__: string;

export default function Settings() {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const { language, theme } = useAppSelector((state) => state.preferences);
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead title={t("settings.title")} />
      <Panel className="flex flex-col gap-5 p-4">
        <ChoiceField
          choices={[
            { value: "fr", label: t("settings.french") },
            { value: "en", label: t("settings.english") },
          ]}
          label={t("settings.language")}
          onChange={(value) => dispatch(actions.languageChosen(value as Language))}
          value={language}
        />
        <ChoiceField
          choices={[
            { value: "system", label: t("settings.system") },
            { value: "light", label: t("settings.light") },
            { value: "dark", label: t("settings.dark") },
          ]}
          label={t("settings.theme")}
          onChange={(value) => dispatch(actions.themeChosen(value as Theme))}
          value={theme}
        />
      </Panel>
      <PhotosPanel />
      <AccountPanel />
      <PinPanel />
      <p className="text-base text-muted">{t("settings.version", { version: __APP_VERSION__ })}</p>
    </div>
  );
}

function PhotosPanel() {
  const { t } = useWords();
  const whole = useLiveQuery(() => setting<boolean>(WHOLE_PHOTOS), []) === true;
  return (
    <Panel className="p-4">
      <ChoiceField
        choices={[
          { value: "scaled", label: t("settings.photos_scaled") },
          { value: "whole", label: t("settings.photos_whole") },
        ]}
        help={t("settings.photos_help")}
        label={t("settings.photos")}
        onChange={(value) => void setSetting(WHOLE_PHOTOS, value === "whole")}
        value={whole ? "whole" : "scaled"}
      />
    </Panel>
  );
}

function AccountPanel() {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const { person } = useWorkplace();
  const me = useRow("person", person);
  const account = useLiveQuery(() => device.accounts.get(person), [person]);
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <h2>{t("settings.account")}</h2>
      <p>
        {t("settings.signed_in", {
          name: me?.name ?? account?.name ?? "",
          device: account?.deviceName ?? "",
        })}
      </p>
      <div className="flex flex-wrap gap-3">
        <LinkButton icon="person" to="/profile">
          {t("settings.profile")}
        </LinkButton>
        {account?.pin !== undefined && (
          <Button icon="lock" onClick={() => dispatch(actions.locked())}>
            {t("pin.lock")}
          </Button>
        )}
        <Button icon="people" onClick={() => dispatch(actions.left())}>
          {t("pin.switch")}
        </Button>
      </div>
    </Panel>
  );
}

function PinPanel() {
  const { t } = useWords();
  const { person } = useWorkplace();
  const [first, setFirst] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setDone(false);
    if (!/^\d{4,8}$/.test(first)) {
      setError(t("pin.short"));
      return;
    }
    if (first !== again) {
      setError(t("pin.differ"));
      return;
    }
    await setPin(person, first);
    setFirst("");
    setAgain("");
    setError(null);
    setDone(true);
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h2>{t("pin.title")}</h2>
        <p className="text-muted">{t("pin.explain")}</p>
        <TextField
          autoComplete="off"
          inputMode="numeric"
          label={t("pin.first")}
          maxLength={8}
          onChange={(event) => setFirst(event.target.value)}
          type="password"
          value={first}
        />
        <TextField
          autoComplete="off"
          error={error}
          inputMode="numeric"
          label={t("pin.again")}
          maxLength={8}
          onChange={(event) => setAgain(event.target.value)}
          type="password"
          value={again}
        />
        {done && <Notice icon="check" mood="good" title={t("pin.done")} />}
        <Button type="submit">{t("pin.set")}</Button>
      </form>
    </Panel>
  );
}
