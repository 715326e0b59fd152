/** The app's own state: who works, in which language and theme, on which project; and the sync. */

import { configureStore, createSlice, type PayloadAction } from "@reduxjs/toolkit";
import { useDispatch, useSelector } from "react-redux";
import type { SyncStatus } from "../sync/messages";

export type Language = "fr" | "en";
export type Theme = "system" | "light" | "dark";

interface SessionState {
  /** Null while nobody has chosen an account. */
  person: string | null;
  /** The account is open, and its screen locked behind the PIN. */
  locked: boolean;
}

interface PreferencesState {
  language: Language;
  theme: Theme;
  project: string | null;
}

const session = createSlice({
  name: "session",
  initialState: { person: null, locked: false } as SessionState,
  reducers: {
    opened: (state, action: PayloadAction<{ person: string; locked: boolean }>) => {
      state.person = action.payload.person;
      state.locked = action.payload.locked;
    },
    unlocked: (state) => {
      state.locked = false;
    },
    locked: (state) => {
      state.locked = true;
    },
    left: (state) => {
      state.person = null;
      state.locked = false;
    },
  },
});

const preferences = createSlice({
  name: "preferences",
  initialState: { language: "fr", theme: "system", project: null } as PreferencesState,
  reducers: {
    languageChosen: (state, action: PayloadAction<Language>) => {
      state.language = action.payload;
    },
    themeChosen: (state, action: PayloadAction<Theme>) => {
      state.theme = action.payload;
    },
    projectChosen: (state, action: PayloadAction<string | null>) => {
      state.project = action.payload;
    },
  },
});

/** Room on the device: `full` once something could not be kept. */
export type RoomState = "enough" | "tight" | "full";

interface SyncState {
  status: SyncStatus | null;
  online: boolean;
  room: RoomState;
  /** Another tab runs a newer version of the app, and has changed the store for it. */
  outdated: boolean;
}

const sync = createSlice({
  name: "sync",
  initialState: {
    status: null,
    online: navigator.onLine,
    room: "enough",
    outdated: false,
  } as SyncState,
  reducers: {
    statusHeard: (state, action: PayloadAction<SyncStatus>) => {
      state.status = action.payload;
    },
    linkChanged: (state, action: PayloadAction<boolean>) => {
      state.online = action.payload;
    },
    roomSeen: (state, action: PayloadAction<RoomState>) => {
      state.room = action.payload;
    },
    outdated: (state) => {
      state.outdated = true;
    },
    statusForgotten: (state) => {
      state.status = null;
    },
  },
});

export const actions = { ...session.actions, ...preferences.actions, ...sync.actions };

export function makeStore() {
  return configureStore({
    reducer: {
      session: session.reducer,
      preferences: preferences.reducer,
      sync: sync.reducer,
    },
  });
}

export type Store = ReturnType<typeof makeStore>;
export type State = ReturnType<Store["getState"]>;
export const useAppDispatch = useDispatch.withTypes<Store["dispatch"]>();
export const useAppSelector = useSelector.withTypes<State>();
