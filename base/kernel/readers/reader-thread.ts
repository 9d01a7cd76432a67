import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { Kysely } from 'kysely'
import type { Db } from '../db/database.ts'
import { nodeSqliteDialect } from '../db/sqlite-kysely.ts'
import type { Read, ReadContext } from './read-task.ts'
import { loadRead } from './read-task.ts'
import { readerProblem } from './reader-problems.ts'
import { addFunctions } from './sqlite-functions.ts'
import type { ThreadReply, ThreadRequest, ThreadStart } from './thread-messages.ts'
import { sendError } from './thread-messages.ts'

/** The entry of a reader thread: one read-only connection, one read at a time. */
const start = workerData as ThreadStart // the pool sends nothing else
const cancelled = new Int32Array(start.cancelled)
let running = 0

const throwIfCancelled = () => {
  if (Atomics.load(cancelled, 0) === running) throw readerProblem.cancelled({})
}

const database = new DatabaseSync(start.file, { readOnly: true, timeout: 5000 })
database.exec('pragma cache_size = -32000; pragma temp_store = memory')
addFunctions(database, throwIfCancelled)
const db: Db = new Kysely({ dialect: nodeSqliteDialect(database) })
const context: ReadContext = { db, dialect: 'sqlite', throwIfCancelled }

const loaded = new Map<string, Promise<Read<unknown, unknown>>>()

parentPort?.on('message', (request: ThreadRequest) => void answer(request))

async function answer(request: ThreadRequest): Promise<void> {
  running = request.id
  let reply: ThreadReply
  try {
    const read = await readOf(request)
    reply = { id: request.id, answer: await inSnapshot(() => read(context, request.input)) }
  } catch (error) {
    reply = { id: request.id, error: sendError(error) }
  }
  try {
    parentPort?.postMessage(reply, 'answer' in reply ? handedOver(reply.answer) : [])
  } catch (error) {
    // An answer that cannot be copied between threads is a fault of its read.
    parentPort?.postMessage({ id: request.id, error: sendError(error) } satisfies ThreadReply)
  }
}

function readOf({ module, name }: ThreadRequest): Promise<Read<unknown, unknown>> {
  const key = `${module}#${name}`
  let read = loaded.get(key)
  if (read === undefined) {
    read = loadRead(module, name)
    loaded.set(key, read)
  }
  return read
}

/** All statements of one read see the same state. */
async function inSnapshot<A>(read: () => Promise<A>): Promise<A> {
  database.exec('begin')
  try {
    return await read()
  } finally {
    if (database.isTransaction) database.exec('rollback')
  }
}

/** Bytes that are alone in their buffer move to the other thread without a copy; those of a pool are copied. */
function handedOver(answer: unknown): ArrayBuffer[] {
  if (typeof answer !== 'object' || answer === null || !('bytes' in answer)) return []
  const { bytes } = answer
  if (!(bytes instanceof Uint8Array) || !(bytes.buffer instanceof ArrayBuffer)) return []
  return bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : []
}
