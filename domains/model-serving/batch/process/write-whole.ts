import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Brings a written file to the disk under its final name: readers see nothing or all of it. */
export function settleFile(temporary: string, path: string): void {
  sync(temporary)
  renameSync(temporary, path)
  sync(dirname(path))
}

/** Writes a whole text so that a kill leaves the old one or the new one. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.tmp`
  writeFileSync(temporary, text)
  settleFile(temporary, path)
}

/** SHA-256 of a file, hex. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
