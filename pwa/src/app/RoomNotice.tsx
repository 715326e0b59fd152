/** Told on every screen: room runs out, or another tab has moved on to a newer version. */

import { Link } from "react-router";
import { Button, Notice } from "../components/basics";
import { lookAtRoom, makeRoom } from "../replica/room";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { useWords } from "./words";
import { useWorkplace } from "./workplace";

export function RoomNotice() {
  const { t } = useWords();
  const { database } = useWorkplace();
  const dispatch = useAppDispatch();
  const room = useAppSelector((state) => state.sync.room);
  const outdated = useAppSelector((state) => state.sync.outdated);
  const free = async (): Promise<void> => {
    await makeRoom(database);
    const seen = await lookAtRoom();
    dispatch(actions.roomSeen(seen?.tight === false ? "enough" : "tight"));
  };
  if (outdated) {
    return (
      <div className="pb-4">
        <Notice icon="sync" mood="warn" title={t("update.elsewhere")}>
          <Button onClick={() => location.reload()} tone="primary">
            {t("error.reload")}
          </Button>
        </Notice>
      </div>
    );
  }
  if (room === "enough") return null;
  const full = room === "full";
  return (
    <div className="pb-4" role="alert">
      <Notice
        icon="refused"
        mood={full ? "bad" : "warn"}
        title={t(full ? "room.full" : "room.tight")}
      >
        <p>{t(full ? "room.full_why" : "room.tight_why")}</p>
        <p className="flex flex-wrap items-center gap-4 pt-2">
          <Button onClick={() => void free()}>{t("room.free")}</Button>
          <Link className="target inline-flex items-center font-semibold underline" to="/sync">
            {t("room.see")}
          </Link>
        </p>
      </Notice>
    </div>
  );
}
