/** Told on every screen: room on the device runs out. */

import { Link } from "react-router";
import { Button, Notice } from "../components/basics";
import { ensureReserve } from "../replica/room";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { useWords } from "./words";
import { useWorkplace } from "./workplace";

export function RoomNotice() {
  const { t } = useWords();
  const { database } = useWorkplace();
  const dispatch = useAppDispatch();
  const room = useAppSelector((state) => state.sync.room);
  const free = async (): Promise<void> => {
    dispatch(actions.roomSeen((await ensureReserve(database)) ? "enough" : room));
  };
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
