import type { Actor, Domain, Runtime } from '@millrace/kernel'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { testKernel } from '@millrace/kernel/testing'
import { createAccess, createAuthenticate, createAuthorizer, createToken, createUser } from '../domain.ts'

/** The person at a server that asks for no account. */
export const local: Actor = { id: 'local', kind: 'local', name: 'local' }

export interface AccessKernelOptions {
  readonly settings?: readonly string[]
  /** Domains beside access. */
  readonly domains?: (runtime: Runtime) => readonly Domain[]
  /** Names the store, to open it a second time. */
  readonly store?: string
}

/** A kernel with access as its first domain and real authentication. */
export async function accessKernel(openStore: OpenStore, options: AccessKernelOptions = {}): Promise<TestKernel> {
  return testKernel({
    database: await openStore(options.store),
    settings: options.settings ?? [],
    ports: (registries) => ({
      authorizer: createAuthorizer(registries),
      authenticate: createAuthenticate(registries),
      audit: { record: async () => {} },
      lineage: { add: async () => {} },
    }),
    domains: (runtime) => [createAccess(runtime, { announce: () => {} }), ...(options.domains?.(runtime) ?? [])],
  })
}

/** Makes an account with roles and a token; `bearer` are the headers of its requests. */
export async function anAccount(
  t: TestKernel,
  name: string,
  roles: string[],
  more: { scopes?: string[]; expiresAtMs?: number; workspace?: string } = {},
) {
  const { workspace = 'default', ...token } = more
  const user = await t.act(createUser, { name, roles }, { as: local, workspace })
  const made = await t.act(createToken, { user: name, name: 'laptop', ...token }, { as: local, workspace })
  return { user, tokenId: made.id, token: made.token, bearer: { authorization: `Bearer ${made.token}` } }
}
