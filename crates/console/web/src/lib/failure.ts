// What the service refuses, and why.

/** An answer that is an error, or no answer at all. */
export class Failure extends Error {
  constructor(
    /** The status of the answer; 0 where there was none. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    /** After how many seconds the same request may succeed. */
    readonly retryAfter: number | null = null,
    /** The sealed reason of a denial, which an administrator can open. */
    readonly sealedReason: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }

  /** The parameter that the message names first, where it is one of these. */
  names(parameters: readonly string[]): string | null {
    const words = this.message.match(/[a-z0-9_]+/g) ?? [];
    return words.find((word) => parameters.includes(word)) ?? null;
  }
}

interface ErrorBody {
  error_code?: unknown;
  error_msg?: unknown;
  encoded_authorization_message?: unknown;
}

/** The failure that an answer is, with its body, where that was JSON. */
export function failureOf(response: Response, answered: unknown): Failure {
  const body: ErrorBody = typeof answered === "object" && answered ? answered : {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const seconds = Number(response.headers.get("retry-after"));
  return new Failure(
    response.status,
    text(body.error_code),
    text(body.error_msg) || response.statusText,
    response.headers.get("x-request-id"),
    seconds > 0 ? seconds : null,
    text(body.encoded_authorization_message) || null,
  );
}
