/** Who works on this device: choose an account, open it with its PIN, or log in. */

import { useLiveQuery } from "dexie-react-hooks";
import { type FormEvent, useEffect, useState } from "react";
import { ago, moment } from "../app/format";
import { Mark } from "../app/Shell";
import { actions, useAppDispatch } from "../app/store";
import { useWords } from "../app/words";
import { Button, Notice, Panel } from "../components/basics";
import { TextField } from "../components/fields";
import { Icon } from "../components/icons";
import {
  type Account,
  checkPin,
  device,
  isExhausted,
  setting,
  WIPED,
  type WipedNotice as Wiped,
} from "../session/device";
import type { LetterLink } from "../session/letterLink";
import { type LoginOutcome, logIn } from "../session/login";
import { EnrolmentPanel } from "./welcome/Enrolment";
import { InvitationPanel } from "./welcome/Invitation";
import { NewPasswordPanel } from "./welcome/NewPassword";
import { Trouble } from "./welcome/Trouble";

export function Welcome({
  locked,
  link,
  onLinkDone,
}: {
  locked: string | null;
  /** The letter's link that was opened, whoever works here. */
  link: LetterLink | null;
  onLinkDone: () => void;
}) {
  const { t } = useWords();
  const accounts = useLiveQuery(() => device.accounts.toArray(), []);
  // Whoever comes next begins at the front, not where the one before left off.
  useEffect(() => {
    if (locked === null && link === null) history.replaceState(null, "", "/");
  }, [locked, link]);
  const [adding, setAdding] = useState(false);
  // The first account made here must not take the panel away that still shows its spare codes.
  useEffect(() => {
    if (accounts?.length === 0) setAdding(true);
  }, [accounts]);
  const [coded, setCoded] = useState(false);
  const [known, setKnown] = useState("");
  const [chosen, setChosen] = useState<string | null>(locked);
  if (accounts === undefined) return null;
  const account = accounts.find((one) => one.person === chosen);
  const toLogin = (login: string): void => {
    onLinkDone();
    setCoded(false);
    setKnown(login);
    setChosen(null);
    setAdding(true);
  };
  const leaveLink = (): void => {
    onLinkDone();
    setCoded(false);
  };
  const inner =
    link?.kind === "invitation" ? (
      <InvitationPanel onBack={leaveLink} onEntered={onLinkDone} token={link.token} />
    ) : link !== null || coded ? (
      <NewPasswordPanel
        onBack={leaveLink}
        onEntered={onLinkDone}
        onSet={toLogin}
        token={link?.token ?? null}
      />
    ) : account && isExhausted(account) ? (
      <>
        <Notice icon="lock" mood="warn" title={t("login.pin_exhausted")} />
        <LoginPanel key={account.person} login={account.login} onBack={() => setChosen(null)} />
      </>
    ) : account ? (
      <Unlock account={account} onBack={() => setChosen(null)} />
    ) : adding || accounts.length === 0 ? (
      <LoginPanel
        key={known}
        login={known}
        onBack={accounts.length === 0 ? null : () => setAdding(false)}
        onCode={() => setCoded(true)}
      />
    ) : (
      <Chooser accounts={accounts} onAdd={() => setAdding(true)} onChoose={setChosen} />
    );
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-6 p-4">
      <header className="flex items-center gap-4 text-accent">
        <Mark size={56} />
        <div>
          <p className="text-3xl font-bold">{t("app.name")}</p>
          <p className="text-muted">{t("app.tagline")}</p>
        </div>
      </header>
      <WipedNotice />
      {inner}
    </main>
  );
}

/** Why the device is empty, where the server has revoked it. */
function WipedNotice() {
  const { t, language } = useWords();
  const wiped = useLiveQuery(() => setting<Wiped>(WIPED), []);
  if (wiped === undefined) return null;
  return (
    <Notice icon="lock" mood="warn" title={t("sync.wiped")}>
      <p>{t("sync.wiped_at", { device: wiped.deviceName, at: moment(wiped.at, language) })}</p>
      {wiped.handedIn > 0 && <p>{t("sync.wiped_held", { count: wiped.handedIn })}</p>}
    </Notice>
  );
}

function Chooser({
  accounts,
  onChoose,
  onAdd,
}: {
  accounts: Account[];
  onChoose: (person: string) => void;
  onAdd: () => void;
}) {
  const { t, language } = useWords();
  const dispatch = useAppDispatch();
  const open = (account: Account): void => {
    if (account.pin !== undefined) onChoose(account.person);
    else dispatch(actions.opened({ person: account.person, locked: false }));
  };
  const sorted = [...accounts].sort((left, right) => right.lastUsedAt - left.lastUsedAt);
  return (
    <Panel className="flex flex-col gap-3 p-5">
      <h1>{t("login.choose")}</h1>
      {sorted.map((account) => (
        <button
          className="target flex items-center gap-4 rounded-xl border border-line p-3 text-left"
          key={account.person}
          onClick={() => open(account)}
          type="button"
        >
          <Icon name={account.pin === undefined ? "person" : "lock"} size={28} />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-semibold">{account.name}</span>
            <span className="block text-base text-muted">
              {t("login.last_used", { ago: ago(account.lastUsedAt, Date.now(), language) })}
            </span>
          </span>
        </button>
      ))}
      <Button icon="add" onClick={onAdd} tone="quiet">
        {t("login.other")}
      </Button>
    </Panel>
  );
}

function Unlock({ account, onBack }: { account: Account; onBack: () => void }) {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const [pin, setPin] = useState("");
  const [error, setError] = useState<string | null>(null);
  // A check takes a while: whoever goes back meanwhile must not find the account opened after all.
  const [checking, setChecking] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setChecking(true);
    const outcome = await checkPin(account.person, pin);
    setChecking(false);
    if (outcome.opened) {
      await device.accounts.update(account.person, { lastUsedAt: Date.now() });
      dispatch(actions.opened({ person: account.person, locked: false }));
      return;
    }
    const seconds = Math.ceil(outcome.waitMs / 1000);
    setError(seconds > 0 ? t("login.pin_wait", { seconds }) : t("login.pin_wrong"));
    setPin("");
  };
  return (
    <Panel className="p-5">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h1>{account.name}</h1>
        <TextField
          autoComplete="off"
          autoFocus
          error={error}
          inputMode="numeric"
          label={t("login.pin")}
          maxLength={8}
          onChange={(event) => setPin(event.target.value)}
          type="password"
          value={pin}
        />
        <Button disabled={checking || pin.length < 4} tone="primary" type="submit">
          {t("login.unlock")}
        </Button>
        <Button disabled={checking} onClick={onBack} tone="quiet">
          {t("pin.switch")}
        </Button>
      </form>
    </Panel>
  );
}

export function LoginPanel({
  onBack,
  onCode,
  login: given,
}: {
  onBack: (() => void) | null;
  onCode?: () => void;
  login?: string;
}) {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const [login, setLogin] = useState(given ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [deviceName, setDeviceName] = useState("");
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<LoginOutcome | null>(null);
  const asksCode = outcome?.status === "code_required" || code !== "";
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const found = await logIn({
        login: login.trim(),
        password,
        deviceName: deviceName.trim() || t("app.name"),
        ...(code === "" ? {} : { code: code.trim() }),
      });
      setOutcome(found);
      if (found.status === "open") {
        dispatch(actions.opened({ person: found.account.person, locked: false }));
      }
    } finally {
      setBusy(false);
    }
  };
  if (outcome?.status === "enrolment_required") {
    const entering = { login: login.trim(), deviceName: deviceName.trim() || t("app.name") };
    return (
      <EnrolmentPanel entering={entering} onBack={() => setOutcome(null)} ticket={outcome.ticket} />
    );
  }
  return (
    <Panel className="p-5">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h1>{t("login.title")}</h1>
        <TextField
          autoCapitalize="none"
          autoComplete="username"
          help={t("login.login_help")}
          label={t("login.login")}
          onChange={(event) => setLogin(event.target.value)}
          required
          value={login}
        />
        <TextField
          autoComplete="current-password"
          label={t("login.password")}
          onChange={(event) => setPassword(event.target.value)}
          required
          type="password"
          value={password}
        />
        {asksCode && (
          <TextField
            autoComplete="one-time-code"
            inputMode="numeric"
            label={t("login.code")}
            onChange={(event) => setCode(event.target.value)}
            required
            value={code}
          />
        )}
        <TextField
          help={t("login.device_help")}
          label={t("login.device")}
          maxLength={80}
          onChange={(event) => setDeviceName(event.target.value)}
          value={deviceName}
        />
        <Trouble outcome={outcome} />
        <Button disabled={busy} tone="primary" type="submit">
          {busy ? t("login.submitting") : t("login.submit")}
        </Button>
        {onCode !== undefined && (
          <Button onClick={onCode} tone="quiet">
            {t("login.have_code")}
          </Button>
        )}
        {onBack !== null && (
          <Button onClick={onBack} tone="quiet">
            {t("common.back")}
          </Button>
        )}
      </form>
    </Panel>
  );
}
