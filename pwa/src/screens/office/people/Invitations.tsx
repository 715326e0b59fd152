/** Invitations that wait: whom, as what, until when; and withdrawing one. */

import { useAct, useServer } from "../../../app/asking";
import { moment } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { useProjects } from "../../../app/workplace";
import { Badge, Button, Empty, Notice } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import { useValues } from "../values";
import { Awaited } from "./Awaited";

/** As `GET /api/users/invitations` answers. */
interface InvitationRecord {
  id: string;
  login: string;
  name: string;
  role: string;
  projects: Record<string, string>;
  form: "link" | "code";
  invited_by: string | null;
  made_at: string;
  expires_at: string;
}

export function Invitations() {
  const { o, p, language } = usePeopleWords();
  const { personName } = useValues();
  const projects = useProjects();
  const { data, failed } = useServer<InvitationRecord[]>("/api/users/invitations");
  const { busy, trouble, act } = useAct();
  if (data === undefined) {
    return <Awaited failed={failed} />;
  }
  if (data.length === 0) return <Empty icon="sent" title={p("invite.none")} />;
  const codes = new Map((projects ?? []).map((one) => [one.id, one.code]));
  const columns: Column<InvitationRecord>[] = [
    {
      key: "name",
      label: o("field.name"),
      value: (one) => one.name,
      show: (one) => (
        <>
          <strong>{one.name}</strong>
          <span className="block text-muted break-all">{one.login}</span>
        </>
      ),
    },
    {
      key: "role",
      label: o("field.role"),
      value: (one) => o(`choice.${one.role}` as never),
      show: (one) => (
        <>
          {o(`choice.${one.role}` as never)}
          {Object.entries(one.projects).map(([project, role]) => (
            <span className="block text-muted" key={project}>
              {codes.get(project) ?? "…"} : {o(`choice.${role}` as never)}
            </span>
          ))}
        </>
      ),
    },
    { key: "form", label: p("invite.how"), value: (one) => p(`invite.form.${one.form}`) },
    { key: "by", label: p("invite.by"), value: (one) => personName(one.invited_by) },
    {
      key: "expires",
      label: p("invite.expires"),
      value: (one) => Date.parse(one.expires_at),
      show: (one) =>
        Date.parse(one.expires_at) < Date.now() ? (
          <Badge icon="clock" mood="warn">
            {p("invite.expired")}
          </Badge>
        ) : (
          moment(Date.parse(one.expires_at), language)
        ),
    },
    {
      key: "act",
      label: p("invite.withdraw"),
      value: () => null,
      show: (one) => (
        <Button
          aria-label={`${p("invite.withdraw")} — ${one.name}`}
          disabled={busy}
          onClick={() => void act("DELETE", `/api/users/invitations/${one.id}`)}
        >
          {p("invite.withdraw")}
        </Button>
      ),
    },
  ];
  return (
    <div className="flex flex-col gap-3">
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <DataTable columns={columns} first="expires" label={p("tab.invitations")} rows={data} />
    </div>
  );
}
