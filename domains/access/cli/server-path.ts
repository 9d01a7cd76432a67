/** The path of an endpoint of the whole server, as seen from a workspace: the client's own paths lie two levels deeper. */
export function serverPath(path: string): string {
  return `/../..${path}`
}
