import { describe, expect, it } from 'vitest'
import {
  connectLive,
  matchesTopic,
  parseLiveEvent,
  signalAsEvent,
  type EventSourceLike,
  type LiveEvent,
  type LiveState,
} from './live-connection.ts'

function connection() {
  const opened: { source: EventSourceLike; after: string | null; closed: boolean }[] = []
  const timers: { delayMs: number; act: () => void }[] = []
  const states: LiveState[] = []
  const events: LiveEvent[] = []
  const live = connectLive({
    open: (after) => {
      const source: EventSourceLike = {
        onopen: null,
        onerror: null,
        onmessage: null,
        close: () => (record.closed = true),
      }
      const record = { after, closed: false, source }
      opened.push(record)
      return source
    },
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    nowMs: () => 1_000,
    after: (delayMs, act) => {
      timers.push({ delayMs, act })
      return () => {}
    },
  })
  return {
    live,
    opened,
    timers,
    states,
    events,
    delays: () => timers.map((timer) => timer.delayMs),
    open: () => opened.at(-1)?.source.onopen?.(),
    fail: () => opened.at(-1)?.source.onerror?.(),
    say: (id: string, position = '') => opened.at(-1)?.source.onmessage?.(message(id, position)),
    retry: () => timers.at(-1)?.act(),
  }
}

const message = (id: string, lastEventId: string) => ({
  data: JSON.stringify({ id, name: 'a.b.c', subject: 's', payload: {}, atMs: 5 }),
  lastEventId,
})

describe('the live stream', () => {
  it('hands on events and is live once open', () => {
    const stream = connection()
    stream.open()
    stream.say('e1')
    expect(stream.live.state()).toEqual({ kind: 'live' })
    expect(stream.events.map((event) => event.id)).toEqual(['e1'])
  })
  it('waits longer after each failure and resumes after the last event seen', () => {
    const stream = connection()
    stream.open()
    stream.say('e7', '7')
    stream.say('signal')
    stream.fail()
    expect(stream.states.at(-1)).toEqual({ kind: 'waiting', retryAtMs: 2_000 })
    stream.retry()
    expect(stream.opened.at(-1)?.after).toBe('7')
    stream.fail()
    stream.retry()
    stream.fail()
    expect(stream.delays()).toEqual([1_000, 2_000, 4_000])
  })
  it('starts again from the shortest wait after it was live', () => {
    const stream = connection()
    stream.fail()
    stream.retry()
    stream.open()
    stream.fail()
    expect(stream.delays()).toEqual([1_000, 1_000])
  })
  it('does not try again once closed', () => {
    const stream = connection()
    stream.live.close()
    stream.fail()
    expect(stream.opened[0]?.closed).toBe(true)
    expect(stream.timers).toEqual([])
  })
})

describe('messages and topics', () => {
  it.each(['{', 'null', '{"id":1}', '"x"'])('ignores %s', (data) => expect(parseLiveEvent(data)).toBeNull())
  it('reads a signal as an event without a place in the order', () => {
    const text = signalAsEvent('{"name":"experiment-tracking.log-run","source":"experiment-tracking"}', 7)
    expect(parseLiveEvent(text)).toMatchObject({ id: '', name: 'experiment-tracking.log-run', atMs: 7 })
  })
  it('matches a topic only at a dot', () => {
    expect(matchesTopic('model-serving.rollout.step-passed', 'model-serving.rollout')).toBe(true)
    expect(matchesTopic('model-serving.rollouts.x', 'model-serving.rollout')).toBe(false)
  })
})
