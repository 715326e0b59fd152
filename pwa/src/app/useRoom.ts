/** Watches the room on the device, and what could not be kept for want of it. */

import { useEffect } from "react";
import { isOutOfRoom, lookAtRoom } from "../replica/room";
import { actions, useAppDispatch } from "./store";

const LOOK_MS = 30_000;

/** Look at the room now and then; a write that failed for want of it is told at once. */
export function useRoomWatch(): void {
  const dispatch = useAppDispatch();
  useEffect(() => {
    const look = async (): Promise<void> => {
      const room = await lookAtRoom();
      if (room !== null) dispatch(actions.roomSeen(room.tight ? "tight" : "enough"));
    };
    // Drafts and photos are kept without anyone waiting for it: what fails there surfaces here.
    const failed = (event: PromiseRejectionEvent): void => {
      if (!isOutOfRoom(event.reason)) return;
      event.preventDefault();
      dispatch(actions.roomSeen("full"));
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    window.addEventListener("unhandledrejection", failed);
    void look();
    return () => {
      clearInterval(timer);
      window.removeEventListener("unhandledrejection", failed);
    };
  }, [dispatch]);
}
