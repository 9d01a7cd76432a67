import { join } from 'node:path'
import { createCompute } from '@millrace/compute'
import type { Ref } from '@millrace/contract'
import type { Actor, Authorized, KernelPorts } from '@millrace/kernel'
import { createKernel, createLog, loadConfig } from '@millrace/kernel'
import { openSqlite } from '@millrace/kernel/db'
import { createPipelines } from '../domain.ts'

// A server of compute and pipelines alone, for tests that kill it: `node server.ts --data-dir DIR --port 0`. Prints its
// address when it is ready. Everybody may everything, and neither audit nor lineage is kept.

const tester: Actor = { id: 'usr_tester', kind: 'user', name: 'tester' }
const ports: KernelPorts = {
  // The proof of a permission is its type alone.
  authorizer: {
    authorize: async <P extends string>(_scope: unknown, permission: P, on: Ref) =>
      ({ permission, on }) as Authorized<P>,
  },
  audit: { record: async () => {} },
  lineage: { add: async () => {} },
  authenticate: async () => tester,
}

const { config } = loadConfig({ argv: process.argv.slice(2), env: {}, cwd: process.cwd() })
const kernel = await createKernel({
  config,
  database: openSqlite({ path: join(config.dataDir, 'millrace.db') }),
  log: createLog(config.logLevel),
  ports: () => ports,
  domains: (runtime) => {
    const compute = createCompute(runtime, { issueJobToken: async () => ({ token: 'mlr_test' }) })
    return [compute, createPipelines(runtime, { compute })]
  },
})
await kernel.start()
console.log(kernel.runtime.baseUrl())
process.once('SIGTERM', () => void kernel.stop().then(() => process.exit(0)))
