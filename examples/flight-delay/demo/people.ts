import type { ApiClient } from '@millrace/terminal'
import { createClient } from '@millrace/terminal'

/** Three people with a token each; the local user of a loopback server is the administrator. */
export interface People {
  /** Whoever sits at this machine: may everything. */
  readonly admin: ApiClient
  /** Writes models, and may approve what others wrote. */
  readonly maya: ApiClient
  /** Approves; may not write. */
  readonly jonas: ApiClient
}

/** Makes Maya and Jonas with their roles, as `millrace users add` and `millrace tokens create` would. */
export async function welcome(url: string): Promise<People> {
  const admin = createClient({ url, workspace: 'default' })
  const as = async (name: string, roles: readonly string[]) => {
    await admin.post('/users', { name, roles })
    const { token } = await admin.post<{ token: string }>('/tokens', { user: name, name: 'demo' })
    return createClient({ url, token, workspace: 'default' })
  }
  return { admin, maya: await as('maya', ['editor', 'approver']), jonas: await as('jonas', ['approver']) }
}
