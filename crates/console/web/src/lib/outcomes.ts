// What has become of what is audited.

export const OUTCOMES = ["running", "done", "refused", "client_left", "client_slow", "cancelled", "failed", "interrupted"] as const;
