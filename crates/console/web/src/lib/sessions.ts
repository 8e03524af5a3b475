// The sessions that may act in a project: one's own, and all of them for those who may see them.

import { client, data } from "./api";
import type { components } from "../../generated/schema";

export type SessionLine = components["schemas"]["SessionLine"];

export async function sessions(project: string, signal: AbortSignal): Promise<SessionLine[]> {
  const list = await data(client.GET("/v2/{project_id}/sessions", { params: { path: { project_id: project } }, signal }));
  return list.sessions;
}

export async function endSession(project: string, session: string): Promise<void> {
  await data(client.DELETE("/v2/{project_id}/sessions/{session_id}", { params: { path: { project_id: project, session_id: session } } }));
}
