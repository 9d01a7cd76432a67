import { connectLive, signalAsEvent, type EventSourceLike, type LiveEvent, type LiveState } from './live-connection.ts'

type Message = { kind: 'event'; event: LiveEvent } | { kind: 'state'; state: LiveState }

/** Opens the event stream once per browser: the tab that holds the lock reads it and tells the others, since HTTP/1.1 allows six connections to a host. */
export function openSharedStream(
  url: (afterId: string | null) => string,
  onEvent: (event: LiveEvent) => void,
  onState: (state: LiveState) => void,
): () => void {
  const name = url(null)
  const channel = new BroadcastChannel(name)
  const stop = new AbortController()
  channel.addEventListener('message', (message: MessageEvent<Message>) => {
    if (message.data.kind === 'event') onEvent(message.data.event)
    else onState(message.data.state)
  })

  function lead(): () => void {
    const tell = (message: Message) => channel.postMessage(message)
    const connection = connectLive({
      open: (afterId) => eventSource(url(afterId)),
      onEvent: (event) => {
        onEvent(event)
        tell({ kind: 'event', event })
      },
      onState: (state) => {
        onState(state)
        tell({ kind: 'state', state })
      },
      nowMs: () => Date.now(),
      after: (delayMs, act) => {
        const timer = setTimeout(act, delayMs)
        return () => clearTimeout(timer)
      },
    })
    const heartbeat = setInterval(() => tell({ kind: 'state', state: connection.state() }), 2_000)
    return () => {
      clearInterval(heartbeat)
      connection.close()
    }
  }

  whileLeading(name, stop.signal, lead)
  return () => {
    stop.abort()
    channel.close()
  }
}

/** Web Locks exist only in secure contexts; over plain http each tab reads the stream for itself. */
function whileLeading(name: string, signal: AbortSignal, lead: () => () => void): void {
  const untilAborted = () =>
    new Promise<void>((resolve) => {
      const release = lead()
      signal.addEventListener('abort', () => {
        release()
        resolve()
      })
    })
  const locks = 'locks' in navigator ? navigator.locks : undefined
  if (locks === undefined) void untilAborted()
  else locks.request(name, { signal }, untilAborted).catch(() => {})
}

function eventSource(url: string): EventSourceLike {
  const source = new EventSource(url)
  const like: EventSourceLike = { onopen: null, onerror: null, onmessage: null, close: () => source.close() }
  source.addEventListener('open', () => like.onopen?.())
  source.addEventListener('error', () => like.onerror?.())
  source.addEventListener('message', (message: MessageEvent<string>) =>
    like.onmessage?.({ data: message.data, lastEventId: message.lastEventId }),
  )
  source.addEventListener('signal', (message: MessageEvent<string>) =>
    like.onmessage?.({ data: signalAsEvent(message.data, Date.now()), lastEventId: '' }),
  )
  return like
}
