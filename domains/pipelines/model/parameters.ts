import { problem } from '../contract.ts'
import type { KindSpec } from './graph.ts'
import type { Json } from './values.ts'
import { faultOfJson } from './values.ts'

/** The parameters of a run: what was given, defaults for the rest. Throws `pipelines/bad-parameters` naming every fault. */
export function completeParameters(
  declared: Readonly<Record<string, KindSpec>>,
  given: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const faults: string[] = []
  for (const name of Object.keys(given))
    if (!Object.hasOwn(declared, name)) faults.push(`there is no parameter "${name}"`)
  const complete: Record<string, Json> = {}
  for (const [name, kind] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : kind.default
    const fault = value === undefined ? 'is missing' : faultOfJson(kind, value)
    if (fault === undefined && value !== undefined) complete[name] = value
    else faults.push(`"${name}" ${fault}`)
  }
  if (faults.length > 0) throw problem['bad-parameters']({ faults: faults.join('; ') })
  return complete
}
