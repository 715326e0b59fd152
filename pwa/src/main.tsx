import "./styles/app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";
import { App } from "./app/App";
import { attachPreferences } from "./app/preferences";
import { makeStore } from "./app/store";

const store = makeStore();
await attachPreferences(store);

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <Provider store={store}>
      <App />
    </Provider>
  </StrictMode>,
);

// Asked once; where the browser says no, the sync screen tells what that means.
void navigator.storage?.persist?.();
