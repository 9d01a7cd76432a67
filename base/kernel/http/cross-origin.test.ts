import { afterEach, describe, expect, it } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { fastify } from 'fastify'
import { loadConfig } from '../config/config.ts'
import { requireAllowedHost, requireOwnOrigin } from './browser-safety.ts'
import { answerOtherOrigins } from './cross-origin.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

function server(...argv: string[]) {
  const { config } = loadConfig({ argv, env: {}, cwd: '/nowhere' })
  const app: FastifyInstance = fastify()
  app.addHook('onRequest', async (request) => {
    requireAllowedHost(config, request)
    requireOwnOrigin(config, request)
  })
  answerOtherOrigins(app, config)
  app.post('/api/x', async () => ({}))
  app.get('/health', async () => 'OK')
  apps.push(app)
  return (url: string, headers: Record<string, string>, method: 'POST' | 'GET' | 'OPTIONS' = 'POST') =>
    app.inject({ method, url, headers })
}

describe('a page of elsewhere', () => {
  const origin = 'https://app.example'
  it('may not write unless its origin is allowed', async () => {
    expect((await server()('/api/x', { host: 'localhost', origin })).statusCode).toBe(403)
    const allowed = await server('--cors-allowed-origins', origin)('/api/x', { host: 'localhost', origin })
    expect([allowed.statusCode, allowed.headers['access-control-allow-origin']]).toEqual([200, origin])
  })
  it('is told what it may send before it writes', async () => {
    const ask = server('--cors-allowed-origins', origin)
    const headers = { host: 'localhost', origin, 'access-control-request-method': 'POST' }
    expect((await ask('/api/x', headers, 'OPTIONS')).statusCode).toBe(204)
    expect((await ask('/api/x', { ...headers, origin: 'https://other.example' }, 'OPTIONS')).statusCode).toBe(403)
  })
})

describe('a host', () => {
  it('is answered for when it is this machine, an address or an allowed name', async () => {
    const ask = server('--allowed-hosts', '*.ml.example, other:8080')
    const status = async (host: string) => (await ask('/api/x', { host })).statusCode
    expect(await status('10.1.2.3:5000')).toBe(200)
    expect(await status('a.ml.example')).toBe(200)
    expect(await status('other')).toBe(200)
    expect(await status('evil.example')).toBe(421)
    expect(await status('mlXexample')).toBe(421)
  })
  it('does not matter to who asks whether the server lives', async () => {
    expect((await server()('/health', { host: 'pod.cluster.local' }, 'GET')).statusCode).toBe(200)
  })
})
