/** A new password: by a letter's link, or by the code that an administrator told; then one is in. */

import { type FormEvent, useState } from "react";
import { useEnteringWords } from "../../app/enteringWords";
import { actions, useAppDispatch } from "../../app/store";

import { Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import {
  askForLetter,
  type InvitationShown,
  type Key,
  lookAtInvitation,
  setPassword,
} from "../../session/entering";
import type { Answer, LoginOutcome } from "../../session/login";
import { EnrolmentPanel } from "./Enrolment";
import { AcceptForm } from "./Invitation";
import { Trouble } from "./Trouble";

export function NewPasswordPanel({
  token,
  onEntered,
  onSet,
  onBack,
}: {
  /** Of a link; null for those who have a code, or nothing yet. */
  token: string | null;
  onEntered: () => void;
  /** The password is set, and its login asks for more: a one-time code. */
  onSet: (login: string) => void;
  onBack: () => void;
}) {
  const { t } = useEnteringWords();
  const dispatch = useAppDispatch();
  const [login, setLogin] = useState("");
  const [code, setCode] = useState("");
  const [password, setPasswordText] = useState("");
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<LoginOutcome | Answer<unknown> | null>(null);
  const [invited, setInvited] = useState<InvitationShown | null>(null);
  const [knownLogin, setKnownLogin] = useState("");
  const by: Key = token === null ? { login: login.trim(), code: code.trim() } : { token };
  const deviceName = t("app.name");

  const set = async (): Promise<void> => {
    const found = await setPassword(by, { password, deviceName });
    const done = found.outcome;
    setKnownLogin(found.login);
    if (done.status === "open") {
      dispatch(actions.opened({ person: done.account.person, locked: false }));
      onEntered();
    } else if (done.status === "code_required") {
      onSet(found.login);
    } else if (done.status === "refused" && done.problem.code === "reset_refused" && "code" in by) {
      // The code may be that of an invitation: it reads the same to who was told it.
      const seen = await lookAtInvitation(by);
      if (seen.status === "done") setInvited(seen.body);
      setOutcome(done);
    } else {
      setOutcome(done);
    }
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await set();
    } finally {
      setBusy(false);
    }
  };

  if (invited !== null) {
    return (
      <AcceptForm by={by} onBack={() => setInvited(null)} onEntered={onEntered} shown={invited} />
    );
  }
  if (outcome?.status === "enrolment_required") {
    return (
      <EnrolmentPanel
        entering={{ login: knownLogin, deviceName }}
        onBack={onBack}
        onEntered={onEntered}
        ticket={outcome.ticket}
      />
    );
  }
  return (
    <Panel className="p-5">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h1>{t("login.new_password_title")}</h1>
        {token === null && (
          <>
            <TextField
              autoCapitalize="none"
              autoComplete="username"
              label={t("login.login")}
              onChange={(event) => setLogin(event.target.value)}
              required
              value={login}
            />
            <TextField
              autoCapitalize="characters"
              autoComplete="off"
              help={t("login.told_code_help")}
              label={t("login.told_code")}
              onChange={(event) => setCode(event.target.value)}
              required
              value={code}
            />
          </>
        )}
        <TextField
          autoComplete="new-password"
          help={t("login.new_password_help")}
          label={t("login.new_password")}
          onChange={(event) => setPasswordText(event.target.value)}
          required
          type="password"
          value={password}
        />
        <Trouble outcome={outcome} />
        <Button disabled={busy} tone="primary" type="submit">
          {t("login.set_password")}
        </Button>
        {token === null && <AskForLetter login={login.trim()} />}
        <Button onClick={onBack} tone="quiet">
          {t("common.back")}
        </Button>
      </form>
    </Panel>
  );
}

/** For those who have neither the password nor a code: a letter, if somebody has that login. */
function AskForLetter({ login }: { login: string }) {
  const { e } = useEnteringWords();
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  if (answer?.status === "done") {
    return <Notice icon="check" mood="good" title={e("letter_sent")} />;
  }
  return (
    <>
      <Trouble outcome={answer} />
      <Button
        disabled={login === ""}
        onClick={() => void askForLetter(login).then(setAnswer)}
        tone="plain"
      >
        {e("ask_letter")}
      </Button>
    </>
  );
}
