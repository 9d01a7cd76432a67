import { randomBytes } from 'node:crypto'
import type { Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { issueToken } from '../actions/issue-token.ts'
import { accessProblem } from '../contract.ts'
import { hasAdminToken } from '../store/admin-tokens.ts'
import { hashOf, secretFrom } from '../store/tokens.ts'

const minLength = 32

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

/**
 * Sees to it that a server which requires accounts has an administrator: the token given, or else, when no
 * administrator has one, a new token that `announce` shows this once. Throws `access/weak-admin-token`.
 */
export async function bootstrapAdmin(
  runtime: Runtime,
  adminToken: string | undefined,
  announce: (token: string) => void,
): Promise<void> {
  if (adminToken !== undefined) {
    if (adminToken.length < minLength) throw accessProblem['weak-admin-token']({ minLength })
    await issueAdminToken(runtime, 'MILLRACE_ADMIN_TOKEN', adminToken)
    return
  }
  if (await hasAdminToken(runtime.database.reader, 'default', runtime.nowMs())) return
  const secret = newSecret()
  await issueAdminToken(runtime, 'first-start', secret)
  announce(secret)
}

async function issueAdminToken(runtime: Runtime, name: string, secret: string): Promise<void> {
  const account = { name: 'admin', kind: 'user', role: 'admin' } as const
  const input = { account, name, hash: hashOf(secret), replaces: true }
  await runtime.runner.act(issueToken, input, { actor: systemActor('access'), workspace: 'default' })
}

function newSecret(): string {
  return secretFrom(randomBytes(32).toString('hex'))
}
