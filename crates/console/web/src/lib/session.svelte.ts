// Who is signed in, and for which project. The cookie says it to the service; no script sees it.

import { BASE } from "./address.svelte";
import { client, data, whenSignedOut } from "./api";
import { Failure } from "./failure";
import type { components } from "../../generated/schema";

export type Session = components["schemas"]["SessionInfo"];

const known = $state({ session: null as Session | null, isAsked: false, wasSignedIn: false, hasSignedOut: false });

export function session(): Session | null {
  return known.session;
}

/** Whether the service was asked already who is signed in. */
export function isSessionAsked(): boolean {
  return known.isAsked;
}

/** Whether somebody was signed in here whose session is over. */
export function isSessionOver(): boolean {
  return known.wasSignedIn && known.session === null;
}

/** Whether somebody signed out here, and nobody signed in since. */
export function hasSignedOut(): boolean {
  return known.hasSignedOut;
}

/** Asks the service who is signed in. */
export async function askForSession(): Promise<void> {
  try {
    known.session = await data(client.GET("/v2/session"));
    known.wasSignedIn = true;
    known.hasSignedOut = false;
  } catch (error) {
    if (!(error instanceof Failure) || error.status !== 401) throw error;
    known.session = null;
  } finally {
    known.isAsked = true;
  }
}

whenSignedOut(() => (known.session = null));

// Other tabs of the same console: where one signs out, none shows anything any more.
const tabs = new BroadcastChannel(`deskledger ${BASE.pathname}`);
tabs.onmessage = () => (known.session = null);

/** Tells the other tabs that the session is over. */
export function endInOtherTabs(): void {
  tabs.postMessage("signed out");
}

/** Chooses the project that questions are about. */
export async function chooseProject(project: string): Promise<void> {
  if (known.session?.project_id === project) return;
  known.session = await data(client.PUT("/v2/session", { body: { project_id: project } }));
}

export async function signOut(): Promise<void> {
  await data(client.DELETE("/v2/session"));
  endInOtherTabs();
  known.session = null;
  known.wasSignedIn = false;
  known.hasSignedOut = true;
}
