// Users online, by the hour of one day or by the day.

import { client, data } from "./api";
import type { Answer, Scope } from "./online_counts";

export async function online(scope: Scope, signal: AbortSignal): Promise<Answer> {
  const query = { start_time: scope.start.toISOString(), end_time: scope.end.toISOString(), time_zone: scope.zone };
  const path = { project_id: scope.project };
  const { time_counts } = await data(client.GET("/v2/{project_id}/connections/online-users", { params: { path, query: query as never }, signal }));
  return { scope, time_counts };
}
