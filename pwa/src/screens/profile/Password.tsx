/** Another password for oneself: the sessions on other devices end, this one goes on. */

import { type FormEvent, useState } from "react";
import { useAct } from "../../app/asking";
import { moment } from "../../app/format";
import { useProfileWords } from "../../app/profileWords";
import { Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";

export function Password({ changedAt }: { changedAt: string | null }) {
  const { t, p, language } = useProfileWords();
  const { busy, trouble, act } = useAct();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [done, setDone] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setDone(false);
    const changed = await act("POST", "/api/users/password", { current, new: fresh });
    if (changed === null) return;
    setCurrent("");
    setFresh("");
    setDone(true);
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h2>{t("login.password")}</h2>
        {changedAt !== null && (
          <p className="text-muted">
            {p("password_since", { moment: moment(Date.parse(changedAt), language) })}
          </p>
        )}
        <TextField
          autoComplete="current-password"
          label={p("password_current")}
          onChange={(event) => setCurrent(event.target.value)}
          required
          type="password"
          value={current}
        />
        <TextField
          autoComplete="new-password"
          help={t("login.new_password_help")}
          label={t("login.new_password")}
          onChange={(event) => setFresh(event.target.value)}
          required
          type="password"
          value={fresh}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        {done && <Notice icon="check" mood="good" title={p("password_done")} />}
        <Button className="self-start" disabled={busy} icon="lock" type="submit">
          {p("password_change")}
        </Button>
      </form>
    </Panel>
  );
}
