import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Addresses count from the page's <base>, so that the console works below any path.
  base: "./",
  plugins: [svelte()],
  build: {
    outDir: "../assets",
    emptyOutDir: true,
    assetsDir: "files",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    target: ["chrome120", "firefox128", "safari17"],
    license: { fileName: "licences.md" },
    // Fixed names: the program names them, and browsers ask whether they changed.
    rolldownOptions: {
      output: { entryFileNames: "files/[name].js", chunkFileNames: "files/[name].js", assetFileNames: "files/[name][extname]" },
    },
  },
  // Only for `npm run dev`: the service of `deskledger demo`.
  server: { proxy: Object.fromEntries(["/v2", "/v3", "/v5", "/console/meta"].map((path) => [path, "http://127.0.0.1:8080"])) },
  test: { include: ["src/**/*.test.ts", "*.test.js"], environment: "node" },
});
