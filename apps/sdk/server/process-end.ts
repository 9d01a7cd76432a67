import process from 'node:process'
import type { EndListener } from '../run/platform.ts'

const listeners = new Set<EndListener>()
const signals = ['SIGINT', 'SIGTERM'] as const

/** Listens to the end of this process, with one listener of the process for all runs. The answer ends that. */
export function onProcessEnd(listener: EndListener): () => void {
  if (listeners.size === 0) watch()
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) unwatch()
  }
}

const onDrained = () => {
  for (const listener of listeners) listener.drained()
}
const onExit = () => tellAll('failed')
const onSignal = (signal: NodeJS.Signals) => {
  // Who listens, too, decides what the signal means; without anybody it would have ended the process.
  if (process.listenerCount(signal) > 1) return
  tellAll('killed')
  unwatch()
  process.kill(process.pid, signal)
}

function tellAll(status: 'failed' | 'killed'): void {
  for (const listener of listeners) listener.ending(status)
  listeners.clear()
}

function watch(): void {
  process.on('beforeExit', onDrained)
  process.on('exit', onExit)
  for (const signal of signals) process.on(signal, onSignal)
}

function unwatch(): void {
  process.off('beforeExit', onDrained)
  process.off('exit', onExit)
  for (const signal of signals) process.off(signal, onSignal)
}
