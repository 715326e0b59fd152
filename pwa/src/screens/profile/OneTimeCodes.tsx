/** One's one-time codes: turn them on, get new spare codes, turn them off. */

import { type FormEvent, useState } from "react";
import { useAct } from "../../app/asking";
import { useEnteringWords } from "../../app/enteringWords";
import { useProfileWords } from "../../app/profileWords";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import type { Enrolment } from "../../session/entering";
import { Authenticator, RecoveryCodes } from "../welcome/codes";
import type { Profile } from "./Profile";

const PATH = "/api/users/one-time-codes";

export function OneTimeCodes({ state }: { state: Profile["codes"] }) {
  const { p } = useProfileWords();
  const { e } = useEnteringWords();
  const [spares, setSpares] = useState<string[] | null>(null);
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-0 flex-1">{e("codes.title")}</h2>
        {state.enrolled ? (
          <Badge icon="check" mood="good">
            {p("codes_on")}
          </Badge>
        ) : (
          <Badge icon={state.required ? "alert" : "minus"} mood={state.required ? "warn" : "plain"}>
            {p("codes_off")}
          </Badge>
        )}
      </header>
      <p className="text-muted">{state.required ? p("codes_required") : p("codes_words")}</p>
      {spares !== null ? (
        <RecoveryCodes codes={spares} onNoted={() => setSpares(null)} />
      ) : state.enrolled ? (
        <Enrolled onSpares={setSpares} state={state} />
      ) : (
        <TurnOn onSpares={setSpares} />
      )}
    </Panel>
  );
}

/** First the password, then the picture, then a first code. */
function TurnOn({ onSpares }: { onSpares: (codes: string[]) => void }) {
  const { t, p } = useProfileWords();
  const { e } = useEnteringWords();
  const { busy, trouble, act } = useAct();
  const [password, setPassword] = useState("");
  const [begun, setBegun] = useState<Enrolment | null>(null);
  const [code, setCode] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (begun === null) {
      setBegun(await act<Enrolment>("POST", PATH, { password }));
      return;
    }
    const done = await act<{ recovery_codes: string[] }>("POST", `${PATH}/confirm`, {
      code: code.trim(),
    });
    if (done !== null) onSpares(done.recovery_codes);
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      {begun === null ? (
        <TextField
          autoComplete="current-password"
          label={p("password_current")}
          onChange={(event) => setPassword(event.target.value)}
          required
          type="password"
          value={password}
        />
      ) : (
        <>
          <Authenticator enrolment={begun} />
          <TextField
            autoComplete="one-time-code"
            inputMode="numeric"
            label={e("codes.first")}
            maxLength={20}
            onChange={(event) => setCode(event.target.value)}
            required
            value={code}
          />
        </>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button disabled={busy} icon="lock" tone="primary" type="submit">
          {begun === null ? p("codes_turn_on") : e("codes.confirm")}
        </Button>
        {begun !== null && <Button onClick={() => setBegun(null)}>{t("common.cancel")}</Button>}
      </div>
    </form>
  );
}

function Enrolled({
  state,
  onSpares,
}: {
  state: Profile["codes"];
  onSpares: (codes: string[]) => void;
}) {
  const { t, p } = useProfileWords();
  const { busy, trouble, act } = useAct();
  const [wanted, setWanted] = useState<"renew" | "off" | null>(null);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const proof = { password, code: code.trim() };
    if (wanted === "off") {
      await act("DELETE", PATH, proof);
      return;
    }
    const done = await act<{ recovery_codes: string[] }>("POST", `${PATH}/recovery`, proof);
    if (done !== null) onSpares(done.recovery_codes);
  };
  return (
    <>
      <p>{p("codes_left", { count: state.recovery_codes_left })}</p>
      {wanted === null ? (
        <div className="flex flex-wrap gap-3">
          <Button onClick={() => setWanted("renew")}>{p("codes_renew")}</Button>
          {!state.required && (
            <Button onClick={() => setWanted("off")} tone="quiet">
              {p("codes_turn_off")}
            </Button>
          )}
        </div>
      ) : (
        <form className="flex flex-col gap-4" onSubmit={submit}>
          <TextField
            autoComplete="current-password"
            label={p("password_current")}
            onChange={(event) => setPassword(event.target.value)}
            required
            type="password"
            value={password}
          />
          <TextField
            autoComplete="one-time-code"
            label={p("codes_code")}
            maxLength={64}
            onChange={(event) => setCode(event.target.value)}
            required
            value={code}
          />
          {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
          <div className="flex flex-wrap gap-3">
            <Button disabled={busy} tone={wanted === "off" ? "danger" : "primary"} type="submit">
              {p(wanted === "off" ? "codes_turn_off" : "codes_renew")}
            </Button>
            <Button onClick={() => setWanted(null)}>{t("common.cancel")}</Button>
          </div>
        </form>
      )}
    </>
  );
}
