// What a page was left with, so that coming back to it shows the same again.

import type { Address, Page } from "./address.svelte";

/** The pages that have their time in common. The audit log is of other times than connections: it has a period of its own. */
const IN_COMMON: readonly Address["page"][] = ["connections", "exports", "online", "access"];

/** What does not outlive a page. */
const PASSING = ["row", "offset"];

export class LeftPages {
  readonly #queries = new Map<string, string>();
  readonly #times = new Map<string, string>();

  /** Keeps what a page is left with. */
  keep({ page, project, query }: Address): void {
    if (!project || !page) return;
    this.#queries.set(`${page} ${project}`, query.toString());
    const time = query.get("t");
    if (!IN_COMMON.includes(page)) return;
    if (time === null) this.#times.delete(project);
    else this.#times.set(project, time);
  }

  /** The query with which a link leads from a page to another one, which is as it was left; a page's link to itself has no filter. */
  query(to: Page, here: Address): URLSearchParams {
    const project = here.project ?? "";
    const query = new URLSearchParams(to === here.page ? "" : this.#queries.get(`${to} ${project}`));
    for (const name of [...PASSING, "tz"]) query.delete(name);
    const time = IN_COMMON.includes(here.page) ? here.query.get("t") : (this.#times.get(project) ?? null);
    if (IN_COMMON.includes(to)) put(query, "t", time);
    else if (to === here.page) put(query, "t", here.query.get("t"));
    put(query, "tz", here.query.get("tz"));
    return query;
  }
}

function put(query: URLSearchParams, name: string, value: string | null): void {
  if (value === null) query.delete(name);
  else query.set(name, value);
}
