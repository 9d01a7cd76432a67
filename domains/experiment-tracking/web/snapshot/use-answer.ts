import { useEffect, useRef, useState } from 'react'
import type { RunAnswer, RunQuestion } from './evaluate-runs.ts'
import type { RunSnapshot } from './run-columns-form.ts'
import type { FromWorker, ToWorker } from './snapshot-worker.ts'

/** An answer with the snapshot whose rows it speaks of. */
export interface Answered extends RunAnswer {
  readonly runs: RunSnapshot
  readonly tookMs: number
}

/** Asks a worker; the last answer stays until the next one comes. Null until the first. */
export function useAnswer(runs: RunSnapshot | null, asked: RunQuestion | null): Answered | null {
  const worker = useRef<Worker | null>(null)
  const sent = useRef<RunSnapshot | null>(null)
  const latest = useRef<{ number: number; runs: RunSnapshot } | null>(null)
  const [answered, setAnswered] = useState<Answered | null>(null)
  useEffect(() => {
    const started = new Worker(new URL('./snapshot-worker.ts', import.meta.url), { type: 'module' })
    started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      const waiting = latest.current
      if (waiting?.number === data.number) setAnswered({ ...data.answer, runs: waiting.runs, tookMs: data.tookMs })
    })
    worker.current = started
    return () => {
      started.terminate()
      worker.current = null
      sent.current = null
    }
  }, [])
  useEffect(() => {
    if (runs === null || asked === null || worker.current === null) return
    const send = (message: ToWorker) => worker.current?.postMessage(message)
    tell(sent.current, runs, send)
    sent.current = runs
    latest.current = { number: (latest.current?.number ?? 0) + 1, runs }
    send({ kind: 'ask', number: latest.current.number, asked })
  }, [runs, asked])
  return answered
}

/** Sends what the worker does not have: all, or only columns that came to the same runs. */
function tell(before: RunSnapshot | null, now: RunSnapshot, send: (message: ToWorker) => void): void {
  if (before === now) return
  if (before === null || before.ids !== now.ids) return send({ kind: 'runs', runs: now })
  const columns = [...now.columns.values()].filter((column) => before.columns.get(column.field) !== column)
  if (columns.length > 0) send({ kind: 'columns', columns })
}
