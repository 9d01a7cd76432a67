import { tables } from '../db/database.ts'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ref } from '@millrace/contract'
import type { KernelTables } from '../actions/tables.ts'
import { matches } from '../events/append.ts'
import type { LiveMessage } from '../events/hub.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { callContextOf } from './route-operation.ts'

const heartbeatMs = 15_000
const replayLimit = 1000
/** A reader this far behind is cut off; it comes back with its last id and misses nothing. */
const backlogLimitBytes = 1024 * 1024

/**
 * `GET …/w/{workspace}/events?topics=model-registry.*,…`: server-sent events of what was committed. Each carries its
 * position as id, so `Last-Event-ID` (or `?after=`, for a browser that opens anew) resumes without a gap. Ingest signals have no id.
 */
export function routeLiveEvents(app: FastifyInstance, runtime: Runtime): void {
  const open = new Set<ServerResponse>()
  app.addHook('preClose', async () => {
    for (const response of open) response.end()
  })
  app.get('/api/millrace/v1/w/:workspace/events', async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const scope = runtime.runner.readScope(context)
    await runtime.authorize(scope, 'events:read', ref('workspace', context.workspace))
    const topics = topicsOf(request.query)
    const after = lastId(request.headers['last-event-id'] ?? queryText(request.query, 'after'))
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    open.add(response)
    const unlisten = await follow(runtime, response, {
      workspace: context.workspace,
      topics,
      after,
    })
    const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs)
    response.on('close', () => {
      clearInterval(heartbeat)
      unlisten()
      open.delete(response)
    })
  })
}

interface Follow {
  readonly workspace: string
  readonly topics: readonly string[]
  readonly after: number | undefined
}

async function follow(runtime: Runtime, response: ServerResponse, what: Follow): Promise<() => void> {
  const wanted = (name: string) => what.topics.some((topic) => matches(topic, name))
  let sentUpTo = what.after ?? 0
  const held: LiveMessage[] = []
  let replaying = true
  const write = (text: string) => {
    if (response.writableLength > backlogLimitBytes) response.destroy()
    else response.write(text)
  }
  const send = (message: LiveMessage): void => {
    const { workspace, name } = message.kind === 'signal' ? message.signal : message.event
    if (workspace !== what.workspace || !wanted(name)) return
    if (message.kind === 'signal') {
      write(`event: signal\ndata: ${JSON.stringify({ name, source: message.signal.source })}\n\n`)
    } else if (message.event.position > sentUpTo) {
      const { position, id, subject, payload, atMs } = message.event
      sentUpTo = position
      write(`id: ${position}\ndata: ${JSON.stringify({ id, name, subject, payload, atMs })}\n\n`)
    }
  }
  const unlisten = runtime.hub.listen((message) => {
    if (replaying) held.push(message)
    else send(message)
  })
  response.write('retry: 2000\n\n')
  if (what.after !== undefined) await replay(runtime, what, send)
  replaying = false
  for (const message of held) send(message)
  return unlisten
}

async function replay(runtime: Runtime, what: Follow, send: (message: LiveMessage) => void): Promise<void> {
  const rows = await tables<KernelTables>(runtime.database.reader)
    .selectFrom('kernel_event')
    .selectAll()
    .where('workspace', '=', what.workspace)
    .where('position', '>', what.after ?? 0)
    .orderBy('position')
    .limit(replayLimit)
    .execute()
  for (const row of rows) {
    const { position, id, workspace, name, subject, at_ms: atMs } = row
    const payload: unknown = JSON.parse(row.payload)
    send({ kind: 'event', event: { position, id, workspace, name, subject, payload, atMs } })
  }
}

function topicsOf(query: unknown): string[] {
  return (queryText(query, 'topics') ?? '*').split(',').filter((topic) => topic !== '')
}

function queryText(query: unknown, name: string): string | undefined {
  if (typeof query !== 'object' || query === null) return undefined
  const value: unknown = Reflect.get(query, name)
  return typeof value === 'string' ? value : undefined
}

function lastId(header: string | string[] | undefined): number | undefined {
  const value = Number(header)
  return header !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
