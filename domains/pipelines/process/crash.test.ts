import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ServerProcess } from '../testing/server-process.ts'
import { startServerProcess } from '../testing/server-process.ts'

// `MILLRACE_CRASH_KILLS=40` makes a longer search of it.
const wantedKills = Number(process.env['MILLRACE_CRASH_KILLS'] ?? 6)
const seed = Number(process.env['MILLRACE_CRASH_SEED'] ?? 1)

/** Uniform on [0, 1), the same for the same seed (Lehmer's generator, modulus 2³¹ − 1). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

describe('a server that is killed at any moment', () => {
  it(
    'goes on where it was, and no step that has finished runs again',
    async () => {
      const random = chance(seed)
      const folder = await temporaryFolder()
      let kills = 0
      let runs = 0
      let endedTwice = 0
      let server = await startServerProcess(folder)
      onTestFinished(() => server.stop())
      await server.apply('./side-effects.ts')
      while (kills < wantedKills) {
        runs += 1
        const notes = join(folder, `notes-${runs}`)
        const id = await startRun(server, notes)
        const finished = new Map<string, number>()
        while (kills < wantedKills && (await server.readRun(id)).endedAtMs === null) {
          await sleep(random() * 700)
          await server.kill()
          kills += 1
          // The jobs' processes end with the server, a moment later at most.
          await sleep(100)
          for (const step of finishedSteps(folder, id))
            if (!finished.has(step)) finished.set(step, count(notes, 'begin', step))
          server = await startServerProcess(folder)
        }
        const run = await server.ended(id)
        expect(run.steps.flatMap(({ name, reason }) => (reason === null ? [] : [`${name}: ${reason}`]))).toEqual([])
        expect(run).toMatchObject({ state: 'succeeded', outputs: { n: 7 } })
        expect(run.steps.map((step) => step.state)).toEqual(Array.from({ length: 12 }, () => 'succeeded'))
        for (const [step, begun] of finished) expect(`${step} ${count(notes, 'begin', step)}`).toBe(`${step} ${begun}`)
        endedTwice += run.steps.filter((step) => count(notes, 'end', step.name) > 1).length
      }
      console.log(
        `${kills} kills over ${runs} runs of 12 steps (seed ${seed}); steps whose work came to its end twice: ${endedTwice}`,
      )
    },
    30_000 + wantedKills * 5000,
  )
})

async function startRun(server: ServerProcess, notes: string): Promise<string> {
  const { id } = await server.call<{ id: string }>('POST', '/pipelines/side-effects/runs', { parameters: { notes } })
  return id
}

/** The steps that the store says have finished, read while no server runs. */
function finishedSteps(folder: string, runId: string): string[] {
  const database = new DatabaseSync(join(folder, 'millrace.db'))
  try {
    const rows = database.prepare(`select name from pipelines_step where run_id = ? and state = 'succeeded'`).all(runId)
    return rows.map((row) => String(row['name']))
  } finally {
    database.close()
  }
}

function count(notes: string, what: string, step: string): number {
  if (!existsSync(notes)) return 0
  return readFileSync(notes, 'utf8')
    .split('\n')
    .filter((line) => line === `${what} ${step}`).length
}
