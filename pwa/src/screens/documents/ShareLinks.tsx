/** Links that give a document to outsiders: made for a time, with a password, revoked. */

import { type FormEvent, useState } from "react";
import { useServer } from "../../app/asking";
import { useDocumentWords } from "../../app/documentWords";
import { fetchAs } from "../../app/fetching";
import { moment } from "../../app/format";
import { useAppSelector } from "../../app/store";
import { useWorkplace } from "../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { SelectField, TextField } from "../../components/fields";
import type { Problem } from "../../engine/changes";

/** As the server tells of a link. */
interface ShareLink {
  id: string;
  password: boolean;
  expires_at: number;
  revoked_at: number | null;
  downloads: number;
}

const LIVES = { day: 24, week: 7 * 24, month: 30 * 24 } as const;
type Life = keyof typeof LIVES;

export default function ShareLinks({ document }: { document: string }) {
  const { d } = useDocumentWords();
  const online = useAppSelector((state) => state.sync.online);
  const path = `/api/storage/documents/${document}/links`;
  const { data, again } = useServer<ShareLink[]>(path);
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <h2>{d("share.title")}</h2>
      {online ? (
        <>
          <p className="text-muted">{d("share.explain")}</p>
          {data?.length === 0 && <p className="text-muted">{d("share.none")}</p>}
          <ul className="flex flex-col divide-y divide-line">
            {(data ?? []).map((link) => (
              <Line key={link.id} link={link} onDone={again} />
            ))}
          </ul>
          <Make onDone={again} path={path} />
        </>
      ) : (
        <p className="text-muted">{d("share.offline")}</p>
      )}
    </Panel>
  );
}

/** Ask the server to do something; return its answer, or say why not. */
function useAct(): {
  busy: boolean;
  refused: string | null;
  act: (path: string, request: RequestInit) => Promise<Response | null>;
} {
  const { d, language } = useDocumentWords();
  const { person } = useWorkplace();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const act = async (path: string, request: RequestInit): Promise<Response | null> => {
    setBusy(true);
    setRefused(null);
    try {
      const answer = await fetchAs(person, path, request);
      if (answer.ok) return answer;
      const reason = ((await answer.json()) as Problem).message[language];
      setRefused(d("share.failed", { reason }));
    } catch {
      setRefused(d("share.offline"));
    } finally {
      setBusy(false);
    }
    return null;
  };
  return { busy, refused, act };
}

function Line({ link, onDone }: { link: ShareLink; onDone: () => void }) {
  const { d, language } = useDocumentWords();
  const { busy, refused, act } = useAct();
  const ended = link.revoked_at !== null || link.expires_at < Date.now();
  const revoke = async (): Promise<void> => {
    const path = `/api/storage/links/${link.id}`;
    if ((await act(path, { method: "DELETE" })) !== null) onDone();
  };
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2">
      <span className="min-w-0 flex-1 basis-52">
        {d("share.until", { date: moment(link.expires_at, language) })}
        {link.password && `, ${d("share.protected")}`}
        {`, ${d("share.used", { count: link.downloads })}`}
      </span>
      {ended ? (
        <Badge icon="refused">
          {d(link.revoked_at === null ? "share.expired" : "share.revoked")}
        </Badge>
      ) : (
        <Button disabled={busy} icon="close" onClick={() => void revoke()} tone="danger">
          {d("share.revoke")}
        </Button>
      )}
      {refused !== null && <Notice icon="refused" mood="bad" title={refused} />}
    </li>
  );
}

function Make({ path, onDone }: { path: string; onDone: () => void }) {
  const { t, d } = useDocumentWords();
  const { busy, refused, act } = useAct();
  const [life, setLife] = useState<Life>("week");
  const [password, setPassword] = useState("");
  const [address, setAddress] = useState<string | null>(null);
  const [copied, setCopied] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await act(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ hours: LIVES[life], ...(password === "" ? {} : { password }) }),
    });
    if (answer === null) return;
    setAddress(((await answer.json()) as { url: string }).url);
    setCopied(false);
    setPassword("");
    onDone();
  };
  const copy = async (): Promise<void> => {
    if (address === null) return;
    await navigator.clipboard.writeText(address);
    setCopied(true);
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <SelectField
          choices={(Object.keys(LIVES) as Life[]).map((one) => ({
            value: one,
            label: d(`share.${one}`),
          }))}
          label={d("share.hours")}
          onChange={(event) => setLife(event.target.value as Life)}
          value={life}
        />
        <TextField
          autoComplete="new-password"
          help={d("share.password_help")}
          label={`${d("share.password")} (${t("common.optional")})`}
          maxLength={200}
          minLength={6}
          onChange={(event) => setPassword(event.target.value)}
          type="text"
          value={password}
        />
      </div>
      {refused !== null && <Notice icon="refused" mood="bad" title={refused} />}
      {address !== null && (
        <Notice icon="check" mood="good" title={d("share.made")}>
          <div className="flex flex-wrap items-center gap-3">
            <output className="min-w-0 flex-1 font-mono text-base break-all">{address}</output>
            <Button icon="export" onClick={() => void copy()}>
              {d(copied ? "share.copied" : "share.copy")}
            </Button>
          </div>
        </Notice>
      )}
      <Button className="self-start" disabled={busy} icon="add" type="submit">
        {d("share.make")}
      </Button>
    </form>
  );
}
