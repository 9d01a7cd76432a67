import { expect, it } from 'vitest'
import type { KernelTables } from '../actions/tables.ts'
import { tables } from '../db/db.ts'
import { onEachStore, testKernel } from '../testing/testing.ts'
import { forgetEvents } from './forget-events.ts'

onEachStore((openStore) => {
  it('forgets old events, but not those that somebody still waits for', async () => {
    const { runtime } = await testKernel({ database: await openStore(), domains: () => [] })
    const { database } = runtime
    await database.write(async (tx) => {
      for (let count = 1; count <= 1005; count += 1) {
        const event = {
          id: `evt_${count}`,
          workspace: 'default',
          name: 'a.b',
          subject: 's',
          payload: '{}',
          at_ms: count,
        }
        const db = tables<KernelTables>(tx)
        const { position } = await db
          .insertInto('kernel_event')
          .values(event)
          .returning('position')
          .executeTakeFirstOrThrow()
        if (count !== 2 && count !== 3) continue
        const state = count === 2 ? ('pending' as const) : ('dead' as const)
        const delivery = { event_id: event.id, position, subscriber: 'x/y', subject: 's', state }
        const times = { attempts: 0, next_at_ms: 9e12, lease_until_ms: 0, error: null }
        await db
          .insertInto('kernel_delivery')
          .values({ ...delivery, ...times })
          .execute()
      }
    })
    expect(await forgetEvents(database, 1005)).toBe(1002)
    const left = await tables<KernelTables>(database.reader)
      .selectFrom('kernel_event')
      .select('id')
      .orderBy('position')
      .execute()
    expect(left.map(({ id }) => id)).toEqual(['evt_2', 'evt_3', 'evt_1005'])
  })
})
