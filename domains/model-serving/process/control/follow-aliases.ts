import { Problem } from '@millrace/contract'
import type { Logger, Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { resolveModelVersion } from '@millrace/model-registry'
import { followVersion } from '../../actions/follow-version.ts'
import { specOf } from '../../actions/show.ts'
import { servingOverview } from '../../store/serving-overview.ts'
import type { EndpointRow } from '../../store/tables.ts'

export interface AliasFollowerOptions {
  readonly database: Database
  readonly runner: Runner
  readonly log: Logger
}

/** Brings endpoints that follow an alias the versions that it names. */
export interface AliasFollower {
  /** Compares every followed alias with what was acted on last: nothing is lost while nobody looks. Rounds never overlap. */
  look(): Promise<void>
}

/** Makes it. */
export function createAliasFollower(options: AliasFollowerOptions): AliasFollower {
  /** Why an endpoint could not follow, so that it is said once and not at every look. */
  const said = new Map<string, string>()
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const round = async (): Promise<void> => {
    for (const row of await servingOverview(options.database.reader).endpoints()) {
      const { follow } = specOf(row)
      if (follow === undefined) continue
      const refusal = await followOne(options, row, follow)
      if (refusal !== undefined && refusal !== said.get(row.id))
        options.log.warn({ endpoint: row.name, follow, reason: refusal }, 'an endpoint cannot follow its alias')
      if (refusal === undefined) said.delete(row.id)
      else said.set(row.id, refusal)
    }
  }
  return {
    look: () =>
      (next ??= last.then(async () => {
        next = undefined
        const running = round()
        last = running.catch(() => {})
        await running
      })),
  }
}

/** Says why it could not: a guard's refusal, an alias that is not there. It is tried again with the next look. */
async function followOne(
  { runner }: AliasFollowerOptions,
  row: EndpointRow,
  follow: string,
): Promise<string | undefined> {
  const { workspace, name } = row
  const context = { actor: systemActor('model-serving'), workspace }
  try {
    const { id: versionId } = await runner.ask(resolveModelVersion, { reference: follow }, context)
    if (versionId !== row.followed_version_id) await runner.act(followVersion, { name, versionId }, context)
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error.message
    throw error
  }
}
