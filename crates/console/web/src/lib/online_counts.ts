// The counts of users online, each with the hour or day that it is of.

import { fromDate, toCalendarDate, toZoned } from "@internationalized/date";

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
  /** What of that hour or day is in the range: from when on, and until before when. */
  from: Date;
  to: Date;
  /** Whether the hour or day began earlier, or goes on. */
  startsLater: boolean;
  endsEarlier: boolean;
}

export interface Answer {
  scope: Scope;
  time_counts: string[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const HOUR = 3_600_000;
/** How many days the service counts at once. */
export const MOST_DAYS = 366;

/** The counts, each with its range. They follow one another from the beginning of the scope to its end. */
export function counted({ scope, time_counts }: Answer): Count[] {
  let from = scope.start;
  return time_counts.map((line) => {
    const [label = "", users = "0"] = line.split(" : ");
    const isDay = DAY.test(label);
    const next = isDay ? dayAfter(from, scope.zone) : hourAfter(from, scope.zone);
    const to = next < scope.end ? next : scope.end;
    const startsLater = isDay ? !startsDay(from, scope.zone) : untilHour(from, scope.zone) < HOUR;
    const count = { label, users: Number(users), isDay, from, to, startsLater, endsEarlier: next > scope.end };
    from = to;
    return count;
  });
}

/** The counts from the first hour or day on in which there is somebody. */
export function fromFirst(counts: Count[]): Count[] {
  const first = counts.findIndex((count) => count.users > 0);
  return first < 0 ? counts : counts.slice(first);
}

/** The earliest time from which days can be counted until another. */
export function earliest(end: Date, zone: string): Date {
  const last = toCalendarDate(fromDate(new Date(end.getTime() - 1), zone));
  return toZoned(last.subtract({ days: MOST_DAYS - 1 }), zone).toDate();
}

function dayAfter(time: Date, zone: string): Date {
  return toZoned(toCalendarDate(fromDate(time, zone)).add({ days: 1 }), zone).toDate();
}

function startsDay(time: Date, zone: string): boolean {
  return toZoned(toCalendarDate(fromDate(time, zone)), zone).toDate().getTime() === time.getTime();
}

/** How many milliseconds are left of the hour that a clock of the zone shows. */
function untilHour(time: Date, zone: string): number {
  const local = time.getTime() + fromDate(time, zone).offset;
  return HOUR - (((local % HOUR) + HOUR) % HOUR);
}

function hourAfter(time: Date, zone: string): Date {
  return new Date(time.getTime() + untilHour(time, zone));
}
