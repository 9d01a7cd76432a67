import type { ActionContext } from '@millrace/kernel'
import type { RegistryChange } from '../contract.ts'
import type { RegistryStore } from '../store/registry.ts'

/** What happened, in the words that are not always needed. */
export interface NewChange {
  readonly kind: RegistryChange['kind']
  readonly version?: number | undefined
  readonly subject?: string
  readonly from?: string | number | null | undefined
  readonly to?: string | number | null | undefined
  readonly reason?: string | undefined
}

/** Writes a line of a model's history: who, when, from, to. */
export async function recordChange(
  { store, actor, nowMs, newId }: Pick<ActionContext<RegistryStore, unknown>, 'store' | 'actor' | 'nowMs' | 'newId'>,
  modelId: string,
  { kind, version, subject = '', from, to, reason }: NewChange,
): Promise<void> {
  await store.changes.add(modelId, {
    id: newId('chg'),
    kind,
    version: version ?? null,
    subject,
    from: textOf(from),
    to: textOf(to),
    atMs: nowMs,
    by: { id: actor.id, name: actor.name },
    reason: reason ?? null,
  })
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}
