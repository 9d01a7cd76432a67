import { closeSync, fstatSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'

/** Where a log's Parquet files of an endpoint lie, relative to the data directory. Names are URL-encoded: they are folders here. */
export function endpointFolder(log: 'predictions' | 'labels', workspace: string, endpoint: string): string {
  const [inWorkspace, ofEndpoint] = [workspace, endpoint].map(encodeURIComponent)
  return join('model-serving', log, `workspace=${inWorkspace}`, `endpoint=${ofEndpoint}`)
}

/** Where data-plane processes write their prediction logs, each in a folder of its own. */
export function spoolRoot(dataDir: string): string {
  return join(dataDir, 'model-serving', 'spool')
}

/** Brings a written file to the disk and gives its size in bytes. */
export function syncFile(path: string): number {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
    return fstatSync(fd).size
  } finally {
    closeSync(fd)
  }
}
