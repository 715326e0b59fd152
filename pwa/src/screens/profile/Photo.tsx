/** The photo beside one's name: scaled down here, so that it costs a bad link little. */

import { type ChangeEvent, useRef, useState } from "react";
import { useAct } from "../../app/asking";
import { thumbnail } from "../../app/photos";
import { useProfileWords } from "../../app/profileWords";
import { Button, Notice, Panel } from "../../components/basics";
import { Face } from "../../components/Face";
import type { Entity } from "../../replica/view";

export function Photo({ me }: { me: Entity<"person"> }) {
  const { t, p } = useProfileWords();
  const { busy, trouble, act } = useAct();
  const [unreadable, setUnreadable] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const give = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const file = event.target.files?.[0];
    event.target.value = "";
    if (file === undefined) return;
    const small = await thumbnail(file);
    setUnreadable(small === null);
    if (small !== null) await act("PUT", "/api/users/profile/photo", small);
  };
  return (
    <Panel className="flex flex-wrap items-center gap-4 p-4">
      <Face name={me.name} person={me.id} photo={me.photo} size={88} />
      <div className="flex min-w-0 flex-1 basis-52 flex-col gap-3">
        <p className="text-xl font-bold break-words">{me.name}</p>
        <div className="flex flex-wrap gap-3">
          <input
            accept="image/*"
            aria-label={p("photo")}
            className="sr-only"
            onChange={(event) => void give(event)}
            ref={input}
            tabIndex={-1}
            type="file"
          />
          <Button disabled={busy} icon="photo" onClick={() => input.current?.click()}>
            {p("photo_give")}
          </Button>
          {me.photo && (
            <Button
              disabled={busy}
              onClick={() => void act("DELETE", "/api/users/profile/photo")}
              tone="quiet"
            >
              {t("common.delete")}
            </Button>
          )}
        </div>
      </div>
      {unreadable && <Notice icon="refused" mood="bad" title={p("photo_unreadable")} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </Panel>
  );
}
