import { Done, endpoint } from '@millrace/contract'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openSqlite } from '../db/db.ts'
import { testKernel } from '../testing/test-kernel.ts'

const upload = endpoint({
  name: 'bells.upload',
  method: 'PUT',
  path: '/bells/{id}/sound',
  summary: 'Writes a sound',
  needs: { permission: 'bells:write' },
  input: z.object({ id: z.string(), volume: z.int() }),
  output: Done,
  bodyType: 'audio/ogg',
})
const download = endpoint({
  name: 'bells.download',
  method: 'GET',
  path: '/bells/{id}/sound',
  summary: 'Reads a sound',
  needs: { permission: 'bells:read' },
  input: z.object({ id: z.string() }),
  output: z.unknown(),
  answerType: 'audio/ogg',
})

it('names endpoints that a domain routes by hand, with the media types of what is no JSON', async () => {
  const { app } = await testKernel({
    database: openSqlite({ path: ':memory:' }),
    domains: () => [{ name: 'bells', migrations: {}, operations: [], documented: [upload, download] }],
  })
  const answer = await app.inject('/api/millrace/v1/openapi.json')
  expect(answer.json()).toMatchObject({
    paths: {
      '/w/{workspace}/bells/{id}/sound': {
        put: {
          operationId: 'bells.upload',
          parameters: [
            { name: 'workspace' },
            { name: 'id', in: 'path' },
            { name: 'volume', in: 'query', required: true },
          ],
          requestBody: { content: { 'audio/ogg': {} } },
        },
        get: { operationId: 'bells.download', responses: { 200: { content: { 'audio/ogg': {} } } } },
      },
    },
  })
})
