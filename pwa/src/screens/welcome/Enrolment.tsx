/** One-time codes where a role asks for them at the login: the picture, a first code, the spare codes. */

import { type FormEvent, useEffect, useState } from "react";
import { useEnteringWords } from "../../app/enteringWords";
import { actions, useAppDispatch } from "../../app/store";

import { Button, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import { beginCodes, confirmCodes, type Enrolment } from "../../session/entering";
import type { Answer, Entering, LoginOutcome } from "../../session/login";
import { Authenticator, RecoveryCodes } from "./codes";
import { Trouble } from "./Trouble";

export function EnrolmentPanel({
  ticket,
  entering,
  onEntered,
  onBack,
}: {
  ticket: string;
  entering: Entering;
  onEntered?: () => void;
  onBack: () => void;
}) {
  const { t, e } = useEnteringWords();
  const dispatch = useAppDispatch();
  const [begun, setBegun] = useState<Answer<Enrolment> | null>(null);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<LoginOutcome | null>(null);
  const [spares, setSpares] = useState<string[]>([]);
  useEffect(() => {
    void beginCodes(ticket).then(setBegun);
  }, [ticket]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const found = await confirmCodes(ticket, code.trim(), entering);
      setOutcome(found.outcome);
      setSpares(found.recoveryCodes);
    } finally {
      setBusy(false);
    }
  };
  if (outcome?.status === "open") {
    const { person } = outcome.account;
    const enter = (): void => {
      dispatch(actions.opened({ person, locked: false }));
      onEntered?.();
    };
    return (
      <Panel className="flex flex-col gap-4 p-5">
        <h1>{e("codes.spares")}</h1>
        <RecoveryCodes codes={spares} onNoted={enter} />
      </Panel>
    );
  }
  return (
    <Panel className="p-5">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h1>{e("codes.title")}</h1>
        <p>{e("codes.required")}</p>
        {begun?.status === "done" && <Authenticator enrolment={begun.body} />}
        {begun?.status !== "done" && <Trouble outcome={begun} />}
        <TextField
          autoComplete="one-time-code"
          inputMode="numeric"
          label={e("codes.first")}
          maxLength={20}
          onChange={(event) => setCode(event.target.value)}
          required
          value={code}
        />
        <Trouble outcome={outcome} />
        <Button disabled={busy || begun?.status !== "done"} tone="primary" type="submit">
          {e("codes.confirm")}
        </Button>
        <Button onClick={onBack} tone="quiet">
          {t("common.back")}
        </Button>
      </form>
    </Panel>
  );
}
