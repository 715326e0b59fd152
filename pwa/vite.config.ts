import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin, Rolldown } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

/**
 * Builds the worker that synchronises as a second entry of the app itself, so that both share the
 * store and the engine: as a bundle of its own it would bring them a second time.
 *
 * `virtual:sync-worker` exports the worker's address.
 */
function sharedWorker(entry: string): Plugin {
  const name = "virtual:sync-worker";
  let reference = "";
  return {
    name: "shared-worker",
    apply: "build",
    buildStart() {
      reference = this.emitFile({ type: "chunk", id: entry, name: "sync.worker" });
    },
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) =>
      id === `\0${name}` ? `export default import.meta.ROLLUP_FILE_URL_${reference};` : null,
  };
}

const PAGE = join(import.meta.dirname, "src/main.tsx");
const WELCOME = join(import.meta.dirname, "src/screens/Welcome.tsx");
const WORKER = join(import.meta.dirname, "src/sync/sync.worker.ts");

/**
 * Names the piece that a module belongs to: all that the first screen needs is one file, beside one
 * that the worker shares. Each file more costs a slow tablet some frames before anything shows.
 */
const pieceOf: Rolldown.CodeSplittingNameFunction = (module, graph) => {
  if (reached(PAGE, graph).has(module)) {
    return reached(WORKER, graph).has(module) ? "shared" : "app";
  }
  // Who has no account here yet meets this screen first, and over the network.
  return reached(WELCOME, graph).has(module) ? "welcome" : null;
};

const reachedFrom = new Map<string, ReadonlySet<string>>();

/** Return the modules that an entry needs before it can run. */
function reached(entry: string, graph: Rolldown.ChunkingContext): ReadonlySet<string> {
  const known = reachedFrom.get(entry);
  if (known !== undefined) return known;
  const found = new Set([entry]);
  for (const module of found) {
    for (const one of graph.getModuleInfo(module)?.importedIds ?? []) found.add(one);
  }
  reachedFrom.set(entry, found);
  return found;
}

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify(manifest.version) },
  plugins: [
    react(),
    sharedWorker("/src/sync/sync.worker.ts"),
    tailwindcss(),
    VitePWA({
      // A new version waits for the person: a form is never reloaded away.
      registerType: "prompt",
      injectRegister: false,
      manifest: {
        name: "Derrick",
        short_name: "Derrick",
        description: "Le chantier pétrolier, même sans réseau.",
        lang: "fr",
        start_url: "/",
        id: "/",
        display: "standalone",
        background_color: "#f4f3ef",
        theme_color: "#0a4a5c",
        categories: ["business", "productivity"],
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      // Our own worker also synchronises in the background, where the browser can.
      strategies: "injectManifest",
      srcDir: "src",
      filename: "sw.ts",
      injectManifest: {
        globPatterns: ["**/*.{js,css,html,svg,png,webmanifest}"],
        rollupFormat: "iife",
      },
    }),
  ],
  build: {
    target: "es2022",
    sourcemap: true,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: pieceOf, includeDependenciesRecursively: false }] },
      },
    },
    // Pieces that a script loads later are not announced to the page: the worker has none.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_, pieces, { hostType }) => (hostType === "js" ? [] : pieces),
    },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
