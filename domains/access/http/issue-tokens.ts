import { randomBytes } from 'node:crypto'
import type { Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { issueToken } from '../actions/issue-token.ts'
import { hashOf, secretFrom } from '../store/tokens.ts'

/** A job's token, to be handed to its process alone. */
export interface JobToken {
  readonly id: string
  /** The secret; it is stored nowhere. */
  readonly token: string
}

/**
 * Makes a short-lived token of the workspace's service account `jobs` (an editor), named after the job so that the
 * audit tells jobs apart. `scopes` limit it further; see `PermissionPattern`.
 */
export async function issueJobToken(
  runtime: Runtime,
  job: {
    readonly workspace: string
    readonly name: string
    readonly scopes?: readonly string[]
    readonly expiresAtMs: number
  },
): Promise<JobToken> {
  const token = newSecret()
  const { id } = await runtime.runner.act(
    issueToken,
    {
      account: { name: 'jobs', kind: 'service', role: 'editor' },
      name: job.name,
      hash: hashOf(token),
      expiresAtMs: job.expiresAtMs,
      ...(job.scopes === undefined ? {} : { scopes: [...job.scopes] }),
    },
    { actor: systemActor('access'), workspace: job.workspace },
  )
  return { id, token }
}

/** A token's secret: 256 random bits. */
export function newSecret(): string {
  return secretFrom(randomBytes(32).toString('hex'))
}
