import { asProblem, useApi, type Problem } from '@millrace/ui/data'
import { useEffect, useState } from 'react'
import { loadColumns } from './load-snapshot.ts'
import { withColumns, type RunSnapshot } from './run-columns-form.ts'

const SETTLE_MS = 30

interface Held {
  base: RunSnapshot
  runs: RunSnapshot
}

/** The runs with the columns that are wanted, fetched as they come to be wanted. New runs show once their columns are there. */
export function useColumns(
  experiment: string,
  base: RunSnapshot,
  wanted: readonly string[],
): { runs: RunSnapshot; problem: Problem | null } {
  const api = useApi()
  const [held, setHeld] = useState<Held>({ base, runs: base })
  const [problem, setProblem] = useState<Problem | null>(null)
  const missing = wanted.filter((field) => !(held.base === base ? held.runs : base).columns.has(field))
  const key = JSON.stringify(missing)
  useEffect(() => {
    // The text was made from a list of names in this module.
    const fields = JSON.parse(key) as string[]
    const abort = new AbortController()
    const take = (more: RunSnapshot) =>
      setHeld((now) => ({ base, runs: withColumns(now.base === base ? now.runs : base, more) }))
    if (fields.length === 0) {
      take(base)
      return undefined
    }
    const timer = setTimeout(() => {
      loadColumns(api, experiment, fields, abort.signal).then(
        (more) => {
          setProblem(null)
          take(more)
        },
        (thrown: unknown) => {
          if (!abort.signal.aborted) setProblem(asProblem(thrown))
        },
      )
    }, SETTLE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [api, experiment, base, key])
  return { runs: held.runs, problem }
}
