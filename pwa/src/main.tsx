import "./styles/app.css";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";
import { App, lastAccount } from "./app/App";
import { attachPreferences } from "./app/preferences";
import { actions, makeStore } from "./app/store";

const store = makeStore();
const [account] = await Promise.all([lastAccount(), attachPreferences(store)]);
if (account !== null) store.dispatch(actions.opened(account));

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no place for the app");
// Drawn in slices: a slow phone goes on answering the finger meanwhile.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <Provider store={store}>
        <App />
      </Provider>
    </StrictMode>,
  ),
);

// Asked once; where the browser says no, the sync screen tells what that means.
void navigator.storage?.persist?.();
