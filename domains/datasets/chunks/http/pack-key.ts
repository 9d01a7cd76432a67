/**
 * Where a pack lies in the object store. Each has a name of its own, never one by content: so a collection that deletes
 * one can never take what an upload has just written.
 */
export function packKey(workspace: string, id: string): string {
  return `${packFolder(workspace)}/${id.slice(-2)}/${id}`
}

/** The folder of a workspace's packs. */
export function packFolder(workspace: string): string {
  return `datasets/packs/${workspace}`
}

/** Where a workspace's manifests lie. */
export function manifestFolder(workspace: string): string {
  return `datasets/manifests/${workspace}`
}
