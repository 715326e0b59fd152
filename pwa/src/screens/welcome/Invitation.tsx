/** An invitation, opened from its letter's link or by a code: choose a password, and be in. */

import { type FormEvent, useEffect, useState } from "react";
import { useEnteringWords } from "../../app/enteringWords";
import { actions, useAppDispatch } from "../../app/store";

import { Button, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import {
  acceptInvitation,
  type InvitationShown,
  type Key,
  lookAtInvitation,
} from "../../session/entering";
import type { Answer, LoginOutcome } from "../../session/login";
import { EnrolmentPanel } from "./Enrolment";
import { Trouble } from "./Trouble";

export function InvitationPanel({
  token,
  onEntered,
  onBack,
}: {
  token: string;
  onEntered: () => void;
  onBack: () => void;
}) {
  const { t, e } = useEnteringWords();
  const dispatch = useAppDispatch();
  const [seen, setSeen] = useState<Answer<InvitationShown> | null>(null);
  const shown = seen?.status === "done" ? seen.body : null;
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt looks again.
  useEffect(() => {
    let here = true;
    void lookAtInvitation({ token }).then((found) => {
      if (!here) return;
      setSeen(found);
      // They have never been here: the letter's language is theirs.
      if (found.status === "done" && found.body.language !== null) {
        dispatch(actions.languageChosen(found.body.language));
      }
    });
    return () => {
      here = false;
    };
  }, [token, attempt, dispatch]);
  if (seen === null) {
    return (
      <Panel className="p-5">
        <p role="status">{t("common.loading")}</p>
      </Panel>
    );
  }
  if (shown === null) {
    return (
      <Panel className="flex flex-col gap-4 p-5">
        <h1>{e("invitation")}</h1>
        <Trouble outcome={seen} />
        {seen.status === "unreachable" ? (
          <Button onClick={() => setAttempt(attempt + 1)} tone="primary">
            {t("common.retry")}
          </Button>
        ) : (
          <p className="text-muted">{e("ask_again")}</p>
        )}
        <Button onClick={onBack} tone="quiet">
          {t("common.back")}
        </Button>
      </Panel>
    );
  }
  return <AcceptForm by={{ token }} onBack={onBack} onEntered={onEntered} shown={shown} />;
}

/** The form of who has opened an invitation. */
export function AcceptForm({
  by,
  shown,
  onEntered,
  onBack,
}: {
  by: Key;
  shown: InvitationShown;
  onEntered: () => void;
  onBack: () => void;
}) {
  const { t, e, language } = useEnteringWords();
  const dispatch = useAppDispatch();
  const [name, setName] = useState(shown.name);
  const [password, setPassword] = useState("");
  const [deviceName, setDeviceName] = useState("");
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<LoginOutcome | null>(null);
  const entering = {
    login: shown.login,
    name: name.trim(),
    deviceName: deviceName.trim() || t("app.name"),
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const found = await acceptInvitation(by, { ...entering, password, language });
      setOutcome(found);
      if (found.status === "open") {
        dispatch(actions.opened({ person: found.account.person, locked: false }));
        onEntered();
      }
    } finally {
      setBusy(false);
    }
  };
  if (outcome?.status === "enrolment_required") {
    return (
      <EnrolmentPanel
        entering={entering}
        onBack={onBack}
        onEntered={onEntered}
        ticket={outcome.ticket}
      />
    );
  }
  return (
    <Panel className="p-5">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h1>{e("invitation")}</h1>
        <p>
          {e("invited_as", { role: e(`role.${shown.role}` as never) })}{" "}
          {shown.projects > 0 && e("invited_projects", { count: shown.projects })}
        </p>
        <TextField
          autoComplete="username"
          help={e("login_help")}
          label={t("login.login")}
          readOnly
          value={shown.login}
        />
        <TextField
          autoComplete="name"
          label={e("name")}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          required
          value={name}
        />
        <TextField
          autoComplete="new-password"
          autoFocus
          help={t("login.new_password_help")}
          label={e("choose_password")}
          onChange={(event) => setPassword(event.target.value)}
          required
          type="password"
          value={password}
        />
        <TextField
          help={t("login.device_help")}
          label={`${t("login.device")} (${t("common.optional")})`}
          maxLength={80}
          onChange={(event) => setDeviceName(event.target.value)}
          value={deviceName}
        />
        <Trouble outcome={outcome} />
        <Button disabled={busy || name.trim() === ""} tone="primary" type="submit">
          {busy ? t("login.submitting") : e("enter")}
        </Button>
        <Button onClick={onBack} tone="quiet">
          {t("common.back")}
        </Button>
      </form>
    </Panel>
  );
}
