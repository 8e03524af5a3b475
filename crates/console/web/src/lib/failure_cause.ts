// Why a connection failed, taken apart.

/** A reason of a failure: the code that the vendor puts before it, where it does, and the words. */
export function failureCause(reason: string): { code: string | null; words: string } {
  const [, code, words] = /^(\d+)(?::(.*))?$/s.exec(reason) ?? [];
  return code ? { code, words: words?.trim() || reason } : { code: null, words: reason };
}
