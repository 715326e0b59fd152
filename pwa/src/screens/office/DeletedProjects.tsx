/** The deleted projects that can still be brought back. */

import { useAct, useServer } from "../../app/asking";
import { date } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../components/basics";
import { useValues } from "./values";

/** As `GET /api/projects/deleted` answers. */
interface DeletedProject {
  project: string;
  code: string;
  name: string;
  author: string | null;
  deleted_at: number;
  restorable_until: number;
}

export default function DeletedProjects() {
  const { t, o, language } = useOfficeWords();
  const { personName } = useValues();
  const found = useServer<DeletedProject[]>("/api/projects/deleted");
  const { busy, trouble, act } = useAct();
  const day = (moment: number): string => date(new Date(moment).toISOString(), language);
  return (
    <>
      <ScreenHead back="/projects" backLabel={t("common.back")} title={o("sheet.deleted")} />
      {found.data === undefined && found.failed && (
        <Notice icon="offline" mood="warn" title={o("offline")} />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {found.data?.length === 0 && <Empty icon="check" title={o("sheet.none_deleted")} />}
      <ul className="flex flex-col gap-3">
        {(found.data ?? []).map((one) => (
          <li key={one.project}>
            <Panel className="flex flex-wrap items-center gap-3 p-4">
              <div className="min-w-0 flex-1 basis-60">
                <p className="text-muted">{one.code}</p>
                <h2 className="break-words">{one.name}</h2>
                <p className="text-base text-muted">
                  {o("sheet.deleted_on", {
                    day: day(one.deleted_at),
                    person: one.author === null ? "—" : personName(one.author),
                    until: day(one.restorable_until),
                  })}
                </p>
              </div>
              <Button
                disabled={busy}
                icon="history"
                onClick={() => void act("POST", `/api/projects/${one.project}/restore`)}
              >
                {o("sheet.restore")}
              </Button>
            </Panel>
          </li>
        ))}
      </ul>
    </>
  );
}
