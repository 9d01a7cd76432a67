/** One event of the server's stream. `name` is `domain.noun.verb`; `atMs` is epoch milliseconds. */
export interface LiveEvent {
  id: string
  name: string
  subject: string
  payload: unknown
  atMs: number
}

export type LiveState = { kind: 'connecting' } | { kind: 'live' } | { kind: 'waiting'; retryAtMs: number }

export interface EventSourceLike {
  onopen: (() => void) | null
  onerror: (() => void) | null
  onmessage: ((message: { data: string; lastEventId: string }) => void) | null
  close: () => void
}

export interface LiveConnection {
  state: () => LiveState
  close: () => void
}

export interface LiveDeps {
  open: (lastEventId: string | null) => EventSourceLike
  onEvent: (event: LiveEvent) => void
  onState: (state: LiveState) => void
  nowMs: () => number
  /** Runs `act` after `delayMs`; the answer cancels it. */
  after: (delayMs: number, act: () => void) => () => void
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000

/** Keeps one stream open. After a break it tries again at 1, 2, 4 … 30 s and resumes after the last event seen. */
export function connectLive(deps: LiveDeps): LiveConnection {
  let state: LiveState = { kind: 'connecting' }
  let source: EventSourceLike | null = null
  let cancelRetry = () => {}
  let retryMs = FIRST_RETRY_MS
  let lastEventId: string | null = null
  let closed = false

  function become(next: LiveState): void {
    state = next
    deps.onState(next)
  }

  function start(): void {
    if (closed) return
    become({ kind: 'connecting' })
    const opened = deps.open(lastEventId)
    source = opened
    opened.onopen = () => {
      retryMs = FIRST_RETRY_MS
      become({ kind: 'live' })
    }
    opened.onmessage = (message) => {
      const event = parseLiveEvent(message.data)
      if (event === null) return
      // Positions are numbers; a signal has none, and the stream then resumes after the last event that had.
      if (message.lastEventId !== '') lastEventId = message.lastEventId
      deps.onEvent(event)
    }
    opened.onerror = () => {
      opened.close()
      if (closed || source !== opened) return
      become({ kind: 'waiting', retryAtMs: deps.nowMs() + retryMs })
      cancelRetry = deps.after(retryMs, start)
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
    }
  }

  start()
  return {
    state: () => state,
    close: () => {
      closed = true
      cancelRetry()
      source?.close()
    },
  }
}

/** A signal says that something was ingested: it has no id and is never replayed. Written as an event, so that pages treat both alike. */
export function signalAsEvent(data: string, nowMs: number): string {
  const value: unknown = JSON.parse(data)
  const fields = typeof value === 'object' && value !== null ? value : {}
  const name: unknown = Reflect.get(fields, 'name')
  const subject: unknown = Reflect.get(fields, 'source')
  return JSON.stringify({ id: '', name, subject, payload: null, atMs: nowMs })
}

/** Reads one message; what is not an event of ours is ignored, so that a newer server does not break an older page. */
export function parseLiveEvent(data: string): LiveEvent | null {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return null
  }
  return typeof value === 'object' && value !== null ? liveEventOf(value) : null
}

function liveEventOf(fields: object): LiveEvent | null {
  const read = (key: string): unknown => Reflect.get(fields, key)
  const [id, name, atMs, subject] = [read('id'), read('name'), read('atMs'), read('subject')]
  if (typeof id !== 'string' || typeof name !== 'string' || typeof atMs !== 'number') return null
  return { id, name, subject: typeof subject === 'string' ? subject : '', atMs, payload: read('payload') ?? null }
}

/** A topic is a prefix of event names at a dot: `model-serving` and `model-serving.rollout` both match `model-serving.rollout.step-passed`. */
export function matchesTopic(eventName: string, topic: string): boolean {
  return eventName === topic || eventName.startsWith(`${topic}.`)
}
