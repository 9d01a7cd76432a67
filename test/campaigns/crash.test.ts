import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers } from '../journeys/server-process.ts'
import { expectedEnd, runCampaign } from './crash-campaign.ts'

const seed = Number(process.env['MILLRACE_CRASH_SEED'] ?? Math.floor(Math.random() * 1_000_000))
const kills = Number(process.env['MILLRACE_CRASH_KILLS'] ?? 32)
const folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'))

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

describe(`kill -9 at ${kills} moments of the loop (MILLRACE_CRASH_SEED=${seed} repeats them)`, () => {
  it('loses nothing that was acknowledged, doubles nothing, and ends as if nothing had happened', async () => {
    const result = await runCampaign({ folder: await mkdtemp(join(folder, 'safe-')), seed, kills })
    console.log(`seed ${seed}: ${JSON.stringify(result)}`)
    expect(result).toMatchObject({ kills, killsWithin5MsOfAnAnswer: kills / 2, broken: [] })
    expect(result.end).toEqual(expectedEnd(kills))
  })

  it('finds a loss with the same seed when the commit is moved after the answer', async () => {
    const options = { folder: await mkdtemp(join(folder, 'hasty-')), seed, kills, answersBeforeCommit: true }
    const { broken } = await runCampaign(options)
    console.log(`seed ${seed}, commit after the answer: ${broken.join('; ')}`)
    expect(broken).not.toEqual([])
  })
})
