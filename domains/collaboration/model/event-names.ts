import { declaredEvents } from '@millrace/contract'
import { problem } from './problems.ts'

/** Refuses names that are no event's and not in `known`, and beginnings (`model-registry.*`) that no event has. */
export function requireEvents(names: readonly string[], known: readonly string[] = []): void {
  const declared = [...declaredEvents().keys(), ...known]
  for (const name of names) {
    const start = name.endsWith('*') ? name.slice(0, -1) : undefined
    const found = start === undefined ? declared.includes(name) : declared.some((one) => one.startsWith(start))
    if (!found) throw problem['unknown-event']({ name })
  }
}

/** True when a name is among the wanted ones, or begins as one that ends in `*`. */
export function isWanted(wanted: readonly string[], name: string): boolean {
  return wanted.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one === name))
}
