import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { runWriters } from '../../campaigns/writers/writers-campaign.ts'
import { endServers } from '../server-process.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-damage-'))

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

/** Takes something away behind the server's back; gives how many rows it changed. */
function change(statement: string) {
  return (dataDir: string): void => {
    const database = new DatabaseSync(join(dataDir, 'millrace.db'))
    const { changes } = database.prepare(statement).run()
    database.close()
    if (changes === 0) throw new Error(`It changed nothing: ${statement}`)
  }
}

describe('the writers’ campaign', () => {
  it.each([
    ['a param is lost', 'delete from experiment_tracking_param', /params? /],
    ['a tag was changed', `update experiment_tracking_tag set value = 'changed'`, /tags? /],
    ['an alias was moved back', 'delete from model_registry_alias', /has versions, newest, champion/],
  ])('finds that %s', async (_what, statement, said) => {
    const own = await mkdtemp(join(folder, 'store-'))
    const { broken } = await runWriters({ folder: own, seed: 3, writers: 12, kills: 2, damage: change(statement) })
    expect(broken.join('\n')).toMatch(said)
  })
})
