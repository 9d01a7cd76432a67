import { join } from 'node:path'
import type { Ref } from '@millrace/contract'
import type { Authorized } from '@millrace/kernel'
import { createKernel, createLog, loadConfig } from '@millrace/kernel'
import { openSqlite } from '@millrace/kernel/db'
import { servingDomains } from './a-served-model.ts'

/**
 * A server with model serving and what it needs, as a process of its own, for tests that kill it: prints its port when it
 * is ready. Arguments: data directory, data plane's entry file.
 */
const [dataDir = '', dataPlaneEntry = ''] = process.argv.slice(2)
const actor = { id: 'local', kind: 'local', name: 'test' } as const
const argv = ['--data-dir', dataDir, '--port', '0', '--log-level', 'error']
const kernel = await createKernel({
  config: loadConfig({ argv, env: {}, cwd: dataDir }).config,
  database: openSqlite({ path: join(dataDir, 'millrace.db') }),
  log: createLog('error'),
  ports: () => ({
    // A test's authorizer allows everything; the proof is its type alone.
    authorizer: {
      authorize: async <P extends string>(_scope: unknown, permission: P, on: Ref) =>
        ({ permission, on }) as Authorized<P>,
    },
    audit: { record: async () => {} },
    lineage: { add: async () => {} },
    authenticate: async () => actor,
  }),
  domains: (runtime) => servingDomains(runtime, dataPlaneEntry).domains,
})
const { port } = await kernel.start()
process.stdout.write(`${JSON.stringify({ port })}\n`)
process.on('SIGTERM', () => void kernel.stop().then(() => process.exit(0)))
