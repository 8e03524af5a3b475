// What records are filtered by, besides the time: one list, from which follow the filter bar, addresses and questions.

/** How a filter is edited, and shown in the bar. */
export type Kind = "text" | "prefix" | "address" | "choice" | "domain" | "duration" | "milliseconds" | "time";

export interface Field {
  /** The parameter of the API. */
  readonly parameter: string;
  /** Its name in an address of the console, where that is shorter. */
  readonly name: string;
  readonly kind: Kind;
  /** The field whose values are suggested. */
  readonly suggested?: string;
  readonly choices?: readonly string[];
  /** The column whose header is its name in words, where there is one. */
  readonly column?: string;
}

const field = (parameter: string, kind: Kind, more: Partial<Field> = {}): Field => ({ parameter, name: parameter, kind, ...more });
const ofColumn = (column: string, kind: Kind = "text", more: Partial<Field> = {}): Field =>
  field(column, kind, { column, suggested: column, ...more });

export const FIELDS: readonly Field[] = [
  ofColumn("user_name", "text", { name: "user" }),
  field("user_name_prefix", "prefix", { name: "user_prefix", suggested: "user_name" }),
  ofColumn("computer_name", "text", { name: "computer" }),
  field("computer_name_prefix", "prefix", { name: "computer_prefix", suggested: "computer_name" }),
  field("state", "choice", { choices: ["failed", "open", "ended"] }),
  field("failure_reason", "text", { suggested: "failure_reason", column: "connection_failure_reason" }),
  ofColumn("terminal_type"),
  ofColumn("terminal_ip", "address"),
  ofColumn("source_ip", "address"),
  ofColumn("public_ip", "address"),
  ofColumn("desktop_ip", "address"),
  ofColumn("terminal_mac"),
  ofColumn("desktop_id"),
  ofColumn("sid"),
  field("domain", "domain", { suggested: "domain" }),
  ofColumn("enterprise_project_id"),
  field("is_reconnect", "choice", { choices: ["true", "false"], column: "is_reconnect" }),
  field("min_duration", "duration"),
  field("max_duration", "duration"),
  field("min_network_rtt", "milliseconds"),
  field("max_network_rtt", "milliseconds"),
  field("min_e2e_rtt", "milliseconds"),
  field("max_e2e_rtt", "milliseconds"),
  field("active_at", "time"),
  field("transaction_id", "text", { column: "transaction_id" }),
];

/** Values by the parameters of the API. */
export type Filter = Readonly<Record<string, string>>;

const BY_NAME = new Map(FIELDS.map((field) => [field.name, field]));
const BY_PARAMETER = new Map(FIELDS.map((field) => [field.parameter, field]));

export function fieldOf(parameter: string): Field | undefined {
  return BY_PARAMETER.get(parameter);
}

/** The filter that an address has. What it has besides is not for filters. */
export function filterOf(query: URLSearchParams): Filter {
  const filter: Record<string, string> = {};
  for (const [name, value] of query) {
    const field = BY_NAME.get(name);
    if (field && value !== "") filter[field.parameter] = value;
  }
  return filter;
}

/** Puts a filter into an address, in place of the one that is there. */
export function putFilter(query: URLSearchParams, filter: Filter): void {
  for (const field of FIELDS) {
    const value = filter[field.parameter];
    if (value) query.set(field.name, value);
    else query.delete(field.name);
  }
}

/** A filter without one parameter, or with another value of it. */
export function changed(filter: Filter, parameter: string, value: string | null): Filter {
  const { [parameter]: _, ...others } = filter;
  return value ? { ...others, [parameter]: value } : others;
}
