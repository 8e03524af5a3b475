// Writes what the program has to know of the packed files: src/assets.rs names each with its hash, and assets/sources.txt the sources
// that they were made of, by which a test finds out that somebody forgot to pack them anew.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { checkBudget } from "./budget.js";

const WEB = import.meta.dirname;
const ASSETS = join(WEB, "../assets");
const NOT_SOURCES = ["node_modules", "generated"];
const MEDIA_TYPES = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  svg: "image/svg+xml",
};
// The page itself is made for each address, and the list of sources is for the test.
const NOT_SERVED = ["index.html", "sources.txt"];

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function hash(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

const sources = files(WEB).filter((name) => !NOT_SOURCES.includes(name.split("/")[0]));
writeFileSync(join(ASSETS, "sources.txt"), sources.map((name) => `${hash(join(WEB, name))}  ${name}\n`).join(""));

const assets = files(ASSETS)
  .filter((name) => !NOT_SERVED.includes(name))
  .map((name) => {
    const type = MEDIA_TYPES[name.split(".").at(-1)];
    if (!type) throw new Error(`${name} has no media type`);
    return `    Asset {
        path: "${name}",
        media_type: "${type}",
        hash: "${hash(join(ASSETS, name))}",
        bytes: include_bytes!("../assets/${name}"),
    },
`;
  });
writeFileSync(
  join(WEB, "../src/assets.rs"),
  `// Made by web/pack.js.

use crate::Asset;

pub(crate) const ASSETS: &[Asset] = &[
${assets.join("")}];
`,
);

const scripts = files(ASSETS).filter((name) => name.endsWith(".js"));
console.log(checkBudget(scripts.map((name) => ({ name, bytes: readFileSync(join(ASSETS, name)) }))));
