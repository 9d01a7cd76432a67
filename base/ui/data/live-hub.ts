import { matchesTopic, type LiveEvent, type LiveState } from './live-connection.ts'

/** Spreads one stream to many listeners, and coalesces bursts so that a page refetches at most every `settleMs`. */
export interface LiveHub {
  state: () => LiveState
  setState: (state: LiveState) => void
  publish: (event: LiveEvent) => void
  onState: (notify: () => void) => () => void
  onTopics: (topics: readonly string[], act: (event: LiveEvent) => void) => () => void
}

export function createLiveHub(): LiveHub {
  let state: LiveState = { kind: 'connecting' }
  const watchers = new Set<() => void>()
  const listeners = new Set<{ topics: readonly string[]; act: (event: LiveEvent) => void }>()
  return {
    state: () => state,
    setState: (next) => {
      state = next
      for (const notify of watchers) notify()
    },
    publish: (event) => {
      for (const listener of listeners) {
        if (listener.topics.some((topic) => matchesTopic(event.name, topic))) listener.act(event)
      }
    },
    onState: (notify) => {
      watchers.add(notify)
      return () => watchers.delete(notify)
    },
    onTopics: (topics, act) => {
      const listener = { topics, act }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Calls `act` once after the first of a burst, `settleMs` later. */
export function coalesce(settleMs: number, act: () => void): { call: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null
  return {
    call: () => {
      timer ??= setTimeout(() => {
        timer = null
        act()
      }, settleMs)
    },
    cancel: () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
