import { browserSpools } from './browser-spools.ts'
import type { Spools } from './spool.ts'
import { memorySpools } from './spool.ts'

/** The best place there is: a folder in Node, Bun and Deno, IndexedDB in a browser, else memory. */
export async function openSpools(): Promise<Spools> {
  if (isServer()) return (await import('../node/folder-spools.ts')).folderSpools()
  return (await browserSpools().catch(() => undefined)) ?? memorySpools
}

/** Whether Node's modules can be imported here. */
export function isServer(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } } // absent in browsers
  return process?.versions?.node !== undefined
}
