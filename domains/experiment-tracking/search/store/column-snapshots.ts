import type { Columns } from '../model/columns.ts'
import { changesSince, encodeColumns, versionOf } from '../model/columns.ts'

/** What was sent lately, by what was asked and its version, so that the next answer need only hold what changed. */
const sent = new Map<string, Columns>()
const mostSent = 8
const mostValues = 4_000_000

/** Columns as bytes: whole, or the rows that changed since a version that was sent from here not long ago. */
export function columnsSince(question: string, now: Columns, since: string | undefined): Uint8Array {
  let version = ''
  const whole = encodeColumns(now, (identity) => {
    version = versionOf(identity)
    return { version }
  })
  const before = since === undefined ? undefined : sent.get(`${question} ${since}`)
  remember(`${question} ${version}`, now)
  if (since === undefined || before === undefined) return whole
  const kept = new Set(now.ids)
  const removed = before.ids.filter((id) => !kept.has(id))
  return encodeColumns(changesSince(before, now), () => ({ version, since, removed }))
}

function remember(key: string, columns: Columns): void {
  sent.delete(key)
  sent.set(key, columns)
  const newestFirst = [...sent].toReversed()
  let values = 0
  for (const [place, [name, held]] of newestFirst.entries()) {
    values += held.ids.length * (held.columns.length + 1)
    if (place >= mostSent || (place > 0 && values > mostValues)) sent.delete(name)
  }
}
