// The access keys of a project, for those who may manage them. A secret is in one answer alone, and is kept nowhere.

import { client, data } from "./api";
import type { components } from "../../generated/schema";

export type AccessKeyLine = components["schemas"]["AccessKeyLine"];
export type AccessKeyMade = components["schemas"]["AccessKeyMade"];

/** The code of a service that manages no keys. */
export const NO_KEYS_HERE = "WKS.00006404";

export async function accessKeys(project: string, signal: AbortSignal): Promise<AccessKeyLine[]> {
  const list = await data(client.GET("/v2/{project_id}/access-keys", { params: { path: { project_id: project } }, signal }));
  return list.access_keys;
}

/** Makes a key with these roles of the user, or with all of them. */
export function makeAccessKey(project: string, roles: string[] | null): Promise<AccessKeyMade> {
  const path = { project_id: project };
  return data(client.POST("/v2/{project_id}/access-keys", { params: { path }, body: roles ? { roles } : {} }));
}

export async function revokeAccessKey(project: string, id: string): Promise<void> {
  await data(client.DELETE("/v2/{project_id}/access-keys/{access_key_id}", { params: { path: { project_id: project, access_key_id: id } } }));
}
