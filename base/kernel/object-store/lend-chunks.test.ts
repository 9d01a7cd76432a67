import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { lendChunks } from './lend-chunks.ts'

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

it.each([0, 5])('a slow client gets every byte once, though chunks are used again (pause %d ms)', async (pauseMs) => {
  const path = join(await temporaryFolder(), 'file')
  const content = randomBytes(6_000_001)
  await writeFile(path, content)
  const file = await open(path)
  const server = createServer((_request, answer) => {
    lendChunks(file, { start: 7, end: content.byteLength - 1 }).pipe(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const answer = await new Promise<IncomingMessage>((resolve) => get({ port, host: '127.0.0.1' }, resolve))
  const hash = createHash('sha256')
  let seen = 0
  for await (const chunk of answer) {
    hash.update(chunk as Uint8Array) // streams yield bytes
    if (pauseMs > 0 && (seen += 1) % 10 === 0) await wait(pauseMs)
  }
  server.close()
  expect(hash.digest('hex')).toBe(digestOf(content.subarray(7)))
})

it('closes its file when nobody reads on', async () => {
  const path = join(await temporaryFolder(), 'file')
  await writeFile(path, randomBytes(3_000_000))
  const file = await open(path)
  const lent = lendChunks(file, { start: 0, end: 2_999_999 })
  await once(lent, 'readable')
  lent.destroy()
  await once(lent, 'close')
  expect(file.fd).toBe(-1)
})
