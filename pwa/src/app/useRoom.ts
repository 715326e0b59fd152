/** Watches the room on the device, and what could not be kept for want of it. */

import { liveQuery } from "dexie";
import { useEffect } from "react";
import { isOutOfRoom, ROOM_TIGHT } from "../replica/room";
import { setting } from "../session/device";
import { actions, useAppDispatch } from "./store";

/** Tell when the reserve was needed; a write that failed all the same is told at once. */
export function useRoomWatch(): void {
  const dispatch = useAppDispatch();
  useEffect(() => {
    const watched = liveQuery(() => setting<boolean>(ROOM_TIGHT)).subscribe((tight) => {
      dispatch(actions.roomSeen(tight === true ? "tight" : "enough"));
    });
    // Drafts and photos are kept without anyone waiting for it: what fails there surfaces here.
    const failed = (event: PromiseRejectionEvent): void => {
      if (!isOutOfRoom(event.reason)) return;
      event.preventDefault();
      dispatch(actions.roomSeen("full"));
    };
    window.addEventListener("unhandledrejection", failed);
    return () => {
      watched.unsubscribe();
      window.removeEventListener("unhandledrejection", failed);
    };
  }, [dispatch]);
}
