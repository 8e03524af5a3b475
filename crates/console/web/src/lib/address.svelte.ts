// The address is the state of the console: what is shown follows from it, and Back undoes.

import { LeftPages } from "./left";

/** Where the console begins, whatever path a proxy puts before it. */
export const BASE = new URL(document.baseURI);

export type Page = "connections" | "exports" | "online" | "audit" | "access";
export const PAGES: readonly Page[] = ["connections", "exports", "online", "audit", "access"];

export interface Address {
  /** `null` where it names no page, "unknown" where there is no such page. */
  page: Page | "sign-in" | "unknown" | null;
  project: string | null;
  query: URLSearchParams;
}

function parsed(url: URL): Address {
  const [first, project, name, ...more] = url.pathname.slice(BASE.pathname.length).split("/").filter(Boolean);
  const query = url.searchParams;
  const unknown = { page: "unknown", project: null, query } as const;
  if (first === "sign-in" && !project) return { page: "sign-in", project: null, query };
  if (more.length > 0 || (first && first !== "p")) return unknown;
  if (!project) return { page: null, project: null, query };
  const page = name ? PAGES.find((page) => page === name) : null;
  const decoded = decodedOrNull(project);
  return page === undefined || decoded === null ? unknown : { page, project: decoded, query };
}

function decodedOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const current = $state({ address: parsed(new URL(location.href)) });

export function address(): Address {
  return current.address;
}

const left = new LeftPages();

function read(): void {
  left.keep(current.address);
  current.address = parsed(new URL(location.href));
}

addEventListener("popstate", read);

/** The query with which a link leads to a page of the same project: as that page was left. */
export function queryOf(page: Page): URLSearchParams {
  return left.query(page, current.address);
}

/** The address of a page, as a link has it: relative to the base. */
export function linkTo(page: Page, project: string, query?: URLSearchParams): string {
  const search = query?.toString();
  return `p/${encodeURIComponent(project)}/${page}${search ? `?${search}` : ""}`;
}

/** What is kept in another project: the time and the zone. */
export function keptQuery(): URLSearchParams {
  return new URLSearchParams([...current.address.query].filter(([name]) => name === "t" || name === "tz"));
}

/** Shows what an address leads to. Where it replaces the one before, Back leads past it. */
export function go(to: string, { replace = false } = {}): void {
  const url = new URL(to, BASE);
  if (url.href === location.href) return;
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  read();
}

/** An address to come back to, as far as it is one of the console: a link must not lead people elsewhere. */
export function ownAddress(to: string | null): string {
  const url = to && URL.canParse(to, BASE) ? new URL(to, BASE) : BASE;
  return url.origin === BASE.origin && url.pathname.startsWith(BASE.pathname) ? url.href : BASE.href;
}

/** Changes the query of the address as it is now. */
export function change(edit: (query: URLSearchParams) => void, options?: { replace?: boolean }): void {
  const url = new URL(location.href);
  edit(url.searchParams);
  go(url.href, options);
}

/** Links of the console are followed without loading the page anew; all others as ever. */
export function followLinks(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.target || link.hasAttribute("download") || event.defaultPrevented) return;
  if (link.origin !== BASE.origin || !link.pathname.startsWith(BASE.pathname)) return;
  event.preventDefault();
  go(link.href);
}
