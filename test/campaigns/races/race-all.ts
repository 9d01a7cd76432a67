import { registryRaces } from './registry-races.ts'
import { runRaces } from './run-races.ts'
import { connectRacers } from './together.ts'

/** Eight clients race for each thing in turn, so many times; gives what should not have come of it. */
export async function raceAll(urls: readonly string[], times: number): Promise<string[]> {
  const racers = await connectRacers(urls, 8)
  await racers.must('PUT', '/experiments/races', {})
  const faults: string[] = []
  for (const [what, race] of Object.entries({ ...runRaces, ...registryRaces })) {
    for (let time = 0; time < times; time += 1) {
      const name = `${what.replaceAll(/\W+/g, '-').slice(0, 50)}-${time}`
      const found = await race(racers, name).catch((error: unknown) => [String(error)])
      faults.push(...found.map((fault) => `${what}, time ${time}: ${fault}`))
    }
  }
  return faults
}
