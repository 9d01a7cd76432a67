import type { Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { createUser } from '../actions/create-user.ts'
import { issueToken } from '../actions/issue-token.ts'
import { setAdministrator } from '../actions/set-administrator.ts'
import { accessProblem } from '../contract.ts'
import { basicAuthSettings } from './basic-auth-settings.ts'
import { isLoopback } from '../model/loopback.ts'
import { keepPassword } from '../sign-in/actions/passwords.ts'
import { hashPassword } from '../sign-in/http/password-hash.ts'
import { hasAdministrator } from '../store/administrators.ts'
import { hashOf } from '../store/tokens.ts'
import { users } from '../store/users.ts'
import { newSecret } from './issue-tokens.ts'

const minTokenLength = 32
const minPasswordLength = 12
/** What MLflow's application was shipped with for years, so clients and tests expect it; only this machine may use it. */
const wellKnownPassword = 'password1234'

export interface BootstrapOptions {
  readonly adminToken: string | undefined
  readonly announce: (token: string) => void
}

/**
 * Sees to it that a server which requires accounts has an administrator: the token or the password given, or else, when
 * no administrator can come in, a new token that `announce` shows this once. Throws `access/weak-admin-token`,
 * `access/no-admin-password`.
 */
export async function bootstrapAdmin(runtime: Runtime, { adminToken, announce }: BootstrapOptions): Promise<void> {
  if (adminToken !== undefined) {
    if (adminToken.length < minTokenLength) throw accessProblem['weak-admin-token']({ minLength: minTokenLength })
    await issueAdminToken(runtime, 'MILLRACE_ADMIN_TOKEN', adminToken)
  }
  if (runtime.config.appName === 'basic-auth') return bootstrapByPassword(runtime)
  if (adminToken !== undefined || (await hasAdministrator(runtime.database.reader, runtime.nowMs()))) return
  const secret = newSecret()
  await issueAdminToken(runtime, 'first-start', secret)
  announce(secret)
}

const bySystem = { actor: systemActor('access'), workspace: 'default' }

/** Makes the administrator that MLflow's settings name; one who is there keeps the password. */
async function bootstrapByPassword(runtime: Runtime): Promise<void> {
  const { adminName, adminPassword } = basicAuthSettings(process.env)
  const there = await users(runtime.database.reader, 'default').find(adminName)
  if (there !== undefined) return
  const alone = isLoopback(runtime.config.host)
  const password = adminPassword ?? (alone ? wellKnownPassword : undefined)
  const weak = password === undefined || password.length < minPasswordLength
  if (weak || (password === wellKnownPassword && !alone)) throw accessProblem['no-admin-password']({})
  const { id } = await runtime.runner.act(createUser, { name: adminName, roles: ['admin'] }, bySystem)
  await runtime.runner.act(setAdministrator, { id, administrator: true }, bySystem)
  await runtime.runner.act(keepPassword, { userId: id, hash: await hashPassword(password) }, bySystem)
  if (password === wellKnownPassword)
    runtime.log.warn({ user: adminName }, 'the administrator has the well-known password; change it')
}

async function issueAdminToken(runtime: Runtime, name: string, secret: string): Promise<void> {
  const account = { name: 'admin', kind: 'user', role: 'admin' } as const
  const input = { account, name, hash: hashOf(secret), replaces: true }
  const { userId } = await runtime.runner.act(issueToken, input, bySystem)
  await runtime.runner.act(setAdministrator, { id: userId, administrator: true }, bySystem)
}
