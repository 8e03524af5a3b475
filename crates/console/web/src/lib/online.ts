// Users online, by the hour of one day or by the day.

import { client, data } from "./api";
import { counted, earliest, fromFirst } from "./online_counts";
import type { Count } from "./online_counts";

interface Wanted {
  project: string;
  zone: string;
  /** `null`: from the first record on. */
  start: Date | null;
  end: Date;
}

export interface Online {
  counts: Count[];
  /** From when on there are counts, where the range begins before; else `null`. */
  bound: Date | null;
}

export async function online({ project, zone, start, end }: Wanted, signal: AbortSignal): Promise<Online> {
  const wanted = start ?? (await firstRecord(project, zone, signal)) ?? end;
  const least = earliest(end, zone);
  // A range of no length is none: nothing was recorded yet.
  const from = wanted < least ? least : wanted < end ? wanted : new Date(end.getTime() - 1000);
  const scope = { project, zone, start: from, end };
  const query = { start_time: from.toISOString(), end_time: end.toISOString(), time_zone: zone };
  const path = { project_id: project };
  const { time_counts } = await data(client.GET("/v2/{project_id}/connections/online-users", { params: { path, query: query as never }, signal }));
  const counts = counted({ scope, time_counts });
  return { counts: start ? counts : fromFirst(counts), bound: wanted < least ? least : null };
}

/** About when the first record of a project began, and not after it: when the first bar of all of them does. */
async function firstRecord(project: string, zone: string, signal: AbortSignal): Promise<Date | null> {
  const path = { project_id: project };
  const { buckets } = await data(client.GET("/v2/{project_id}/connections/histogram", { params: { path, query: { time_zone: zone } as never }, signal }));
  return buckets[0] ? new Date(buckets[0].start) : null;
}
