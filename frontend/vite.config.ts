import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin, ResolvedConfig } from "vite";
import { defineConfig } from "vitest/config";

const hub = process.env.BMADFLOW_URL ?? "http://127.0.0.1:8000";

/** The gateway serves `/diagram`; the dev server has to be told which file that is. */
function diagramPage(): Plugin {
  return {
    name: "diagram-page",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (request.url === "/diagram") request.url = "/diagram.html";
        next();
      });
    },
  };
}

/** Compressed once here, so that the gateway never has to. */
function compressed(): Plugin {
  let config: ResolvedConfig;
  return {
    name: "compressed",
    apply: "build",
    configResolved(resolved) {
      config = resolved;
    },
    async closeBundle() {
      const folder = resolve(config.root, config.build.outDir, "assets");
      for (const name of await readdir(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const content = await readFile(join(folder, name));
        await writeWhole(folder, `${name}.br`, await promisify(brotliCompress)(content));
        await writeWhole(folder, `${name}.gz`, await promisify(gzip)(content, { level: 9 }));
      }
    },
  };
}

/** A running gateway may read the folder at any moment: a file is there whole or not at all. */
async function writeWhole(folder: string, name: string, content: Uint8Array): Promise<void> {
  await writeFile(join(folder, `.${name}`), content);
  await rename(join(folder, `.${name}`), join(folder, name));
}

export default defineConfig(({ command }) => ({
  plugins: [react(), tailwindcss(), diagramPage(), compressed()],
  resolve: { alias: { "@": join(import.meta.dirname, "src") } },
  // The gateway puts a fresh nonce in the placeholder's place with every page; the dev server has no policy.
  ...(command === "build" ? { html: { cspNonce: "__CSP_NONCE__" } } : {}),
  build: {
    target: "es2023",
    // They have light-dark(): what stands in for it in older ones is fixed at the root, so no part can be of another theme.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    license: { fileName: "licenses.txt" }, // what the bundle is made of, which its licences ask for
    assetsInlineLimit: 0, // the policy allows no data: fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700, // Mermaid's own parts, loaded when a document holds a diagram
    rollupOptions: { input: { index: "index.html", diagram: "diagram.html" } },
  },
  // The gateway compares Origin with Host: both must stay what the browser sent.
  server: { proxy: { "/api": { target: hub, changeOrigin: false }, "/mcp": { target: hub, changeOrigin: false } } },
  // One page for all files: making one for each took ten times as long as the tests.
  test: { environment: "happy-dom", isolate: false, include: ["src/**/*.test.{ts,tsx}"] },
}));
