import { realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'

/**
 * The path `below` a folder, as long as it stays in it, also through links that lie on the way; undefined otherwise. What a
 * server or a repository says may not lead out of the fresh folder.
 */
export async function placeInside(folder: string, below: string): Promise<string | undefined> {
  const target = resolve(folder, below)
  const root = await realpath(folder)
  if (target !== resolve(folder) && !target.startsWith(resolve(folder) + sep)) return undefined
  let known = target
  let real = await realpath(known).catch(() => undefined)
  while (real === undefined) {
    known = dirname(known)
    real = await realpath(known).catch(() => undefined)
  }
  return real === root || real.startsWith(root + sep) ? target : undefined
}
