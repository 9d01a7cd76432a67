import type { Kysely } from 'kysely'
import type { ModelCard } from '../contract.ts'
import type { GovernanceTables } from './tables.ts'

/** A card as it stood when its version was approved. */
export interface FrozenCard {
  readonly id: string
  readonly approvalId: string
  readonly digest: string
  readonly atMs: number
}

/** Reads and writes frozen cards and the labels that cards have shown. */
export function cards(db: Kysely<GovernanceTables>, workspace: string) {
  const rows = () =>
    db
      .selectFrom('governance_card')
      .select(['id', 'version_id', 'approval_id', 'digest', 'at_ms'])
      .where('workspace', '=', workspace)
  return {
    frozenOf: async (versionId: string): Promise<FrozenCard[]> => {
      const found = await rows().where('version_id', '=', versionId).orderBy('at_ms').execute()
      return found.map((row) => ({ id: row.id, approvalId: row.approval_id, digest: row.digest, atMs: row.at_ms }))
    },
    /** Version and digest of some cards, for describing them as lineage nodes. */
    byIds: async (ids: readonly string[]): Promise<{ id: string; versionId: string; digest: string }[]> => {
      if (ids.length === 0) return []
      const found = await rows()
        .where('id', 'in', [...ids])
        .execute()
      return found.map((row) => ({ id: row.id, versionId: row.version_id, digest: row.digest }))
    },
    freeze: async (card: ModelCard, frozen: FrozenCard): Promise<void> => {
      const { id, approvalId, digest, atMs } = frozen
      const columns = { id, version_id: card.versionId, approval_id: approvalId, digest, at_ms: atMs }
      await db
        .insertInto('governance_card')
        .values({ workspace, ...columns, body: JSON.stringify(card) })
        .execute()
    },
    labelsOf: async (versionId: string): Promise<string[]> => {
      const found = await db
        .selectFrom('governance_figure')
        .select('label')
        .where('workspace', '=', workspace)
        .where('version_id', '=', versionId)
        .execute()
      return found.map((row) => row.label)
    },
    rememberLabels: async (versionId: string, labels: readonly string[]): Promise<void> => {
      if (labels.length === 0) return
      await db
        .insertInto('governance_figure')
        .values(labels.map((label) => ({ workspace, version_id: versionId, label })))
        .onConflict((c) => c.doNothing())
        .execute()
    },
  }
}
