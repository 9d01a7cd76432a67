import { describe, expect, it } from 'vitest'
import { createApi } from './create-api.ts'
import { Problem } from './problem.ts'

function apiAnswering(answer: () => Response | Promise<Response>) {
  const asked: Request[] = []
  const api = createApi({
    baseUrl: '/ml',
    workspace: 'flight ops',
    fetch: async (input, init) => {
      asked.push(new Request(new URL(input instanceof Request ? input.url : input, 'http://localhost'), init))
      return answer()
    },
  })
  return { api, asked }
}

const json = (body: unknown, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })

describe('a call', () => {
  it('goes to the workspace under the base path and answers JSON', async () => {
    const { api, asked } = apiAnswering(() => json({ items: [] }))
    expect(
      await api.get('experiments', { query: { q: 'status = failed', page: 2, none: null, tag: ['a', 'b'] } }),
    ).toEqual({ items: [] })
    expect(asked[0]?.url).toBe(
      'http://localhost/ml/api/millrace/v1/w/flight%20ops/experiments?q=status+%3D+failed&page=2&tag=a&tag=b',
    )
  })
  it('sends a body as JSON with its idempotency key', async () => {
    const { api, asked } = apiAnswering(() => json({ id: 'a1' }, 201))
    await api.post('approvals/a1/approve', { reason: 'ok' }, { idempotencyKey: 'k1' })
    expect(asked[0]?.headers.get('content-type')).toBe('application/json')
    expect(asked[0]?.headers.get('idempotency-key')).toBe('k1')
    expect(await asked[0]?.json()).toEqual({ reason: 'ok' })
  })
  it('answers nothing for 204', async () => {
    const { api } = apiAnswering(() => new Response(null, { status: 204 }))
    expect(await api.delete('runs/r1')).toBeUndefined()
  })
})

describe('a refusal', () => {
  it('becomes a Problem with the server’s sentence, code and request id', async () => {
    const { api } = apiAnswering(() =>
      json(
        {
          type: 'https://millrace.dev/problems/governance/own-version',
          title: 'Own version',
          status: 403,
          detail: 'You wrote v13.',
          requestId: 'req_1',
        },
        403,
        'application/problem+json',
      ),
    )
    const refused = await api.post('approvals/a1/approve', {}).catch((thrown: unknown) => thrown)
    expect(refused).toBeInstanceOf(Problem)
    expect(refused).toMatchObject({ code: 'own-version', status: 403, message: 'You wrote v13.', requestId: 'req_1' })
  })
  it('still has a sentence when the body is no problem document', async () => {
    const { api } = apiAnswering(() => new Response('<html>', { status: 502, headers: { 'x-request-id': 'req_2' } }))
    const refused = await api.get('runs').catch((thrown: unknown) => thrown)
    expect(refused).toMatchObject({
      code: 'http-502',
      message: 'The server answered 502 without saying why.',
      requestId: 'req_2',
    })
  })
  it('says when the server cannot be reached', async () => {
    const { api } = apiAnswering(() => Promise.reject(new TypeError('fetch failed')))
    expect(await api.get('runs').catch((thrown: unknown) => thrown)).toMatchObject({ code: 'unreachable' })
  })
})
