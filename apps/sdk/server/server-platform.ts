import { basename } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Platform, Source } from '../run/platform.ts'
import { codeOfProcess } from './code-of-process.ts'
import { folderSpools } from './folder-spools.ts'
import { machineSampler } from './machine-sampler.ts'
import { onProcessEnd } from './process-end.ts'
import { openUploads } from './uploads.ts'

/** What Node, Bun and Deno have. */
export const serverPlatform: Platform = {
  setting,
  defaultUrl: 'http://127.0.0.1:7400',
  spools: async (target) => folderSpools(target, setting('MILLRACE_SPOOL_DIR')),
  code: codeOfProcess,
  uploads: openUploads,
  nameOf: (source: Source) => {
    const path = source instanceof URL ? fileURLToPath(source) : source
    if (typeof path === 'string') return basename(path)
    return path instanceof Blob && 'name' in path ? String(path.name) : undefined
  },
  machine: () => {
    try {
      return machineSampler()
    } catch {
      return undefined // Deno gives no leave to look.
    }
  },
  onEnd: onProcessEnd,
}

function setting(name: string): string | undefined {
  try {
    const value = process.env[name]
    return value === '' ? undefined : value
  } catch {
    return undefined // Deno gives no environment without leave.
  }
}
