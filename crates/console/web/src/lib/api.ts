// Questions to the service, by its own OpenAPI document.

import createClient from "openapi-fetch";
import type { paths } from "../../generated/schema";
import { BASE } from "./address.svelte";
import { Failure, failureOf } from "./failure";

/** The service is one level above the console. */
export const SERVICE = new URL("..", BASE);

/** What the service asks of scripts that send its cookie. */
const FROM_A_SCRIPT = { "X-Deskledger": "1" };

export const client = createClient<paths>({
  baseUrl: SERVICE.href.replace(/\/$/, ""),
  credentials: "same-origin",
  headers: FROM_A_SCRIPT,
  fetch: (request: Request) => fetch(request).catch((cause: unknown) => Promise.reject(unanswered(cause))),
});

function unanswered(cause: unknown): unknown {
  const isOver = cause instanceof DOMException && cause.name === "AbortError";
  return isOver ? cause : new Failure(0, "", "no answer");
}

let forget: () => void = () => undefined;

/** What is done where an answer says that nobody is signed in, whatever was asked. */
export function whenSignedOut(act: () => void): void {
  forget = act;
}

/** The body of a good answer. */
export async function data<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.status === 401) forget();
  if (!response.ok) throw failureOf(response, error);
  return data as T;
}

/** Whether something ended because nobody wants it any more. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
