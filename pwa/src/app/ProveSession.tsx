/** The role has come to ask for one-time codes: this session shows one, and goes on as it is. */

import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { Button, Notice } from "../components/basics";
import { TextField } from "../components/fields";
import type { Account } from "../session/device";
import { keepProveBy } from "../session/tokens";
import { useAct, useServer } from "./asking";
import { moment } from "./format";
import { useProfileWords } from "./profileWords";

/** As `GET /api/users/profile` answers, as far as it matters here. */
interface Enrolled {
  codes: { enrolled: boolean };
}

export default function ProveSession({ account }: { account: Account }) {
  const { p, language } = useProfileWords();
  const profile = useServer<Enrolled>("/api/users/profile");
  const { busy, trouble, act } = useAct();
  const [code, setCode] = useState("");
  const enrolled = profile.data?.codes.enrolled;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { code: code.trim() };
    const done = await act("POST", "/api/users/one-time-codes/prove", body);
    if (done !== null) await keepProveBy(account, null);
  };
  return (
    <div className="pb-4">
      <Notice icon="lock" mood="warn" title={p("prove_title")}>
        <p>{p("prove_until", { moment: moment(account.proveBy ?? 0, language) })}</p>
        {enrolled === false && (
          <Link className="target inline-flex items-center font-semibold underline" to="/profile">
            {p("prove_enrol")}
          </Link>
        )}
        {enrolled === true && (
          <form className="flex flex-wrap items-end gap-3 pt-3" onSubmit={submit}>
            <TextField
              autoComplete="one-time-code"
              error={trouble}
              label={p("codes_code")}
              maxLength={64}
              onChange={(event) => setCode(event.target.value)}
              required
              value={code}
            />
            <Button disabled={busy} icon="check" tone="primary" type="submit">
              {p("prove_do")}
            </Button>
          </form>
        )}
      </Notice>
    </div>
  );
}
