import { createWriteStream, openAsBlob } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'

const everyMs = 3000
const mostLiveBytes = 4 * 1024 * 1024

export interface LiveLogOptions {
  /** What the program says. */
  readonly from: Readable
  /** Where a person reads it. */
  readonly to: Writable
  /** Keeps it on this machine until it is sent. */
  readonly file: string
  readonly send: (body: Buffer | Blob) => Promise<void>
}

/**
 * Passes on what a program says, keeps it in a file, and sends the file whenever it has grown: every three seconds while it
 * is small, then each time it has grown by a quarter, and up to 4 MiB; the whole is sent at the end. Resolves `end` when that
 * is done.
 */
export function liveLog({ from, to, file, send }: LiveLogOptions): { end: () => Promise<void> } {
  const kept = createWriteStream(file)
  // Nobody may be there to read any more, or the disk may be full: the program goes on.
  to.on('error', () => undefined)
  const closed = finished(kept).catch(() => undefined)
  from.pipe(to, { end: false })
  from.pipe(kept)
  let sentBytes = 0
  let sending = Promise.resolve()
  const sendGrown = async () => {
    const grown = kept.bytesWritten
    if (grown <= sentBytes * 1.25 || grown > mostLiveBytes) return
    sentBytes = grown
    await send(await firstBytes(file, grown))
  }
  const timer = setInterval(() => void (sending = sending.then(sendGrown).catch(() => undefined)), everyMs)
  return {
    end: async () => {
      await closed
      clearInterval(timer)
      await sending
      if (kept.bytesWritten > 0) await send(await openAsBlob(file))
    },
  }
}

async function firstBytes(path: string, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
