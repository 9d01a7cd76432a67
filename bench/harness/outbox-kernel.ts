import { Done, endpoint, event, ref } from '@millrace/contract'
import type { Domain, Kernel, KernelPorts } from '@millrace/kernel'
import { createKernel, createLog, loadConfig, on, operations } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { z } from 'zod'

const happened = event('bench.thing.happened', z.object({ id: z.string() }))
const announce = endpoint({
  name: 'bench.announce',
  method: 'POST',
  path: '/announcements',
  summary: 'Publishes events',
  needs: { permission: 'bench:write' },
  input: z.object({ events: z.int() }),
  output: Done,
})
const { action } = operations(() => ({}))
const announceAll = action(announce, async ({ input, newId }) => ({
  answer: {},
  events: Array.from({ length: input.events }, () => happened({ id: newId('thing') })),
  audit: 'unchanged',
}))

/** A kernel with one domain that publishes, and listeners that count what reaches them. */
export interface OutboxKernel {
  /** Commits so many events in one action. */
  publish(events: number): Promise<void>
  /** How often a listener was called. */
  delivered(): number
  /** Resolves when nothing is due. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** Starts a kernel on a store of its own, without HTTP. */
export async function startOutboxKernel(database: Database, dataDir: string, listeners: number): Promise<OutboxKernel> {
  let delivered = 0
  const domain: Domain = {
    name: 'bench',
    migrations: {},
    operations: [announceAll],
    listens: Array.from({ length: listeners }, (_listener, at) =>
      on(happened, `listener-${at}`, async () => void (delivered += 1)),
    ),
  }
  const argv = ['--data-dir', dataDir, '--port', '0']
  const kernel: Kernel = await createKernel({
    config: loadConfig({ argv, env: {}, cwd: dataDir }).config,
    database,
    log: createLog('silent'),
    ports: () => openPorts,
    domains: () => [domain],
  })
  await kernel.startWithoutListening()
  const actor = { id: 'local', kind: 'local', name: 'bench' } as const
  return {
    publish: async (events) =>
      void (await kernel.runtime.runner.act(announceAll, { events }, { workspace: 'default', actor })),
    delivered: () => delivered,
    idle: () => kernel.dispatcher.idle(),
    stop: () => kernel.stop(),
  }
}

// Everything is allowed and nothing else is recorded, so that the outbox alone is measured.
const openPorts: KernelPorts = {
  authorizer: {
    authorize: async <P extends string>(_scope: unknown, permission: P) =>
      // The kernel's proof of permission is a type alone.
      ({ permission, on: ref('workspace', 'default') }) as Awaited<
        ReturnType<KernelPorts['authorizer']['authorize']>
      > & { permission: P },
  },
  audit: { record: async () => {} },
  lineage: { add: async () => {} },
  authenticate: async () => ({ id: 'local', kind: 'local', name: 'bench' }),
}
