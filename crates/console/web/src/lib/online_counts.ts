// The counts of users online, each with the range that it is of.

export interface Scope {
  project: string;
  zone: string;
  start: Date;
  end: Date;
}

export interface Count {
  /** An hour or a day, as the service names it. */
  label: string;
  users: number;
  isDay: boolean;
  /** The range of that hour or day, as an address has it. */
  from: string;
  to: string;
}

export interface Answer {
  scope: Scope;
  time_counts: string[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The counts, each with its range. */
export function counted({ scope, time_counts }: Answer): Count[] {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: scope.zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(scope.start);
  return time_counts.map((line) => {
    const [label = "", users = "0"] = line.split(" : ");
    if (DAY.test(label)) return { label, users: Number(users), isDay: true, from: label, to: dayAfter(label) };
    const hour = Number(label.slice(0, 2));
    const next = hour === 23 ? dayAfter(today) : `${today}T${String(hour + 1).padStart(2, "0")}:00`;
    return { label, users: Number(users), isDay: false, from: `${today}T${label}`, to: next };
  });
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
