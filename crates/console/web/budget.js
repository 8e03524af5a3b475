// How much script a browser may have to load: what every page needs, with the largest of the languages.

import { gzipSync } from "node:zlib";

/** In bytes, compressed. */
export const BUDGET = 140_000;
const LANGUAGE = /^files\/[a-z]{2}_[A-Z]{2}\.js$/;

/** Says how much the scripts are; throws where that is too much. */
export function checkBudget(scripts, budget = BUDGET) {
  const sized = scripts.map(({ name, bytes }) => ({ isLanguage: LANGUAGE.test(name), size: gzipSync(bytes).length }));
  const languages = sized.filter(({ isLanguage }) => isLanguage).map(({ size }) => size);
  const others = sized.filter(({ isLanguage }) => !isLanguage).reduce((sum, { size }) => sum + size, 0);
  const total = others + Math.max(0, ...languages);
  const said = `scripts: ${(total / 1000).toFixed(1)} kB of ${budget / 1000} kB, compressed`;
  if (total > budget) throw new Error(`${said}: what grew must shrink, or be loaded later`);
  return said;
}
