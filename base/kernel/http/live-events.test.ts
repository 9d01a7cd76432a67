import { Done, endpoint, event } from '@millrace/contract'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { operations } from '../actions/action.ts'
import { onEachStore } from '../testing/stores.ts'
import { testKernel } from '../testing/test-kernel.ts'

const rang = event('bells.bell.rang', z.object({ id: z.string() }))
const ring = operations(() => ({})).action(
  endpoint({
    name: 'bells.ring',
    method: 'POST',
    path: '/bells/{id}',
    summary: 'Rings',
    needs: { permission: 'bells:write' },
    input: z.object({ id: z.string() }),
    output: Done,
  }),
  async ({ input }) => ({ answer: {}, events: [rang({ id: input.id })], audit: 'unchanged' }),
)

async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes(wanted)) {
    const part = await reader?.read()
    if (part === undefined || part.done) break
    text += part.value
  }
  await reader?.cancel()
  return text
}

onEachStore((openStore) => {
  it('streams what was committed, and resumes behind the last event that was seen', async () => {
    const t = await testKernel({
      database: await openStore(),
      domains: () => [{ name: 'bells', migrations: {}, operations: [ring] }],
    })
    await t.app.listen({ port: 0, host: '127.0.0.1' })
    const address = t.app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const url = `http://127.0.0.1:${port}/api/millrace/v1/w/default/events?topics=bells.*`
    const live = await fetch(url)
    await t.act(ring, { id: 'one' })
    const first = await readUntil(live, '"one"')
    const lastId = /id: (\d+)/.exec(first)?.[1] ?? ''
    await t.act(ring, { id: 'two' })
    await t.act(ring, { id: 'elsewhere' }, { workspace: 'other' })
    await t.act(ring, { id: 'three' })
    const resumed = await readUntil(await fetch(url, { headers: { 'last-event-id': lastId } }), '"three"')
    expect(resumed).toContain('"two"')
    expect(resumed).not.toContain('"one"')
    expect(resumed).not.toContain('"elsewhere"')
  })
})
