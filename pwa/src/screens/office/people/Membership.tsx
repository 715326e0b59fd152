/** Who belongs to which project, seen from either side: one line, and the form that adds one. */

import { useState } from "react";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { Button, IconButton, Notice } from "../../../components/basics";
import { SelectField } from "../../../components/fields";
import { SyncMark } from "../../../components/SyncMark";
import type { Member } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";
import { PROJECT_ROLES } from "./standing";

type Role = Member["role"];

/** One membership, under the name of its person or of its project. */
export function Membership({ member, name }: { member: Entity<"member">; name: string }) {
  const { t, o } = useOfficeWords();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 flex-1 basis-40 font-semibold break-words">{name}</span>
      <SyncMark quiet state={member.syncState} />
      <label className="w-52 min-w-0">
        <span className="sr-only">{`${o("field.role")} — ${name}`}</span>
        <select
          className="target w-full rounded-xl border border-edge bg-panel pl-4 disabled:border-line"
          disabled={busy || !rights.may("member.update", member.project_id)}
          onChange={(event) =>
            void save("member.role", [
              { table: "member", row: member.id, after: { role: event.target.value as Role } },
            ])
          }
          value={member.role}
        >
          {PROJECT_ROLES.map((role) => (
            <option key={role} value={role}>
              {o(`choice.${role}`)}
            </option>
          ))}
        </select>
      </label>
      {rights.may("member.delete", member.project_id) && (
        <IconButton
          disabled={busy}
          icon="close"
          label={`${t("common.delete")} — ${name}`}
          onClick={() =>
            void save("member.remove", [{ table: "member", row: member.id, operation: "delete" }])
          }
        />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </li>
  );
}

/** Add a membership: the other side of it is chosen, and the role. */
export function NewMembership({
  label,
  choices,
  of,
}: {
  label: string;
  choices: readonly { value: string; label: string }[];
  of: (chosen: string) => Pick<Member, "project_id" | "person_id">;
}) {
  const { o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [chosen, setChosen] = useState("");
  const [role, setRole] = useState<Role>("employee");
  const add = async (): Promise<void> => {
    const after = { ...of(chosen), role };
    if ((await save("member.add", [{ table: "member", after }])) !== null) setChosen("");
  };
  return (
    <form
      className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== "") void add();
      }}
    >
      <SelectField
        choices={[{ value: "", label: "—" }, ...choices]}
        label={label}
        onChange={(event) => setChosen(event.target.value)}
        value={chosen}
      />
      <SelectField
        choices={PROJECT_ROLES.map((one) => ({ value: one, label: o(`choice.${one}`) }))}
        label={o("field.role")}
        onChange={(event) => setRole(event.target.value as Role)}
        value={role}
      />
      <Button disabled={busy || chosen === ""} icon="add" tone="primary" type="submit">
        {o("project.add_member")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </form>
  );
}
