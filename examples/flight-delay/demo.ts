import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Stage } from './demo/acts.ts'
import {
  badCandidate,
  firstVersion,
  kilometres,
  prepareStage,
  promoteBetter,
  prove,
  refuseWorse,
  untilAlert,
} from './demo/acts.ts'
import { help, readOptions } from './demo/options.ts'
import type { DemoOptions } from './demo/options.ts'
import { welcome } from './demo/people.ts'
import { startServer } from './demo/server.ts'
import { createStory } from './demo/story.ts'
import { Traffic } from './demo/traffic.ts'
import { flightsFile } from './features/flights-file.ts'
import { writeFlights } from './features/write-flights.ts'

const print = (text: string) => void process.stdout.write(text)
const options = readOptions(process.argv.slice(2))
if (options === undefined) print(`${help}\n`)
else process.exitCode = await runDemo(options)

/** Runs the story from the start to the summary; the exit code says whether it ended as it should. */
async function runDemo(options: DemoOptions): Promise<number> {
  const story = createStory(print)
  rmSync(options.dataDir, { recursive: true, force: true })
  await mkdir(options.dataDir, { recursive: true })
  print(`Millrace demo: the closed loop on ${options.fast ? '300,000' : 'three million'} US flights of 2001.\n`)
  const server = await startServer(join(options.dataDir, 'server'), options.port)
  const interrupted = new Promise<void>((resolve) => process.once('SIGINT', resolve))
  print(`The pages are at ${server.url}\n`)
  try {
    const stage = await setStage(server.url, options, story)
    await prepareStage(stage)
    await firstVersion(stage)
    const triggered = await untilAlert(stage)
    const june = await promoteBetter(stage, triggered)
    await kilometres(stage, june)
    const later = await badCandidate(stage)
    await refuseWorse(stage, later)
    await prove(stage)
    print(`\n${story.summary()}\n\n${tallyOf(stage)}\nWhole run: ${(story.elapsedMs() / 1000).toFixed(1)} s\n`)
    if (!options.headless) {
      print(`\nLook around at ${server.url} ; Ctrl-C ends the demo. Its data is in ${options.dataDir}\n`)
      await interrupted
    }
    return 0
  } catch (error) {
    print(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  } finally {
    await server.stop()
  }
}

async function setStage(url: string, options: DemoOptions, story: Stage['story']): Promise<Stage> {
  const flightsPath = join(options.dataDir, 'flights.parquet')
  await writeFlights({ flightsPath: flightsFile(), outPath: flightsPath, keep: options.fast ? 'one-in-ten' : 'all' })
  const people = await welcome(url)
  const plan = options.fast
    ? { singles: 15_000, smallUntil: 75_000, smallRows: 10, largeRows: 500, connections: 8 }
    : { singles: 20_000, smallUntil: 100_000, smallRows: 10, largeRows: 4000, connections: 8 }
  const traffic = new Traffic(people.admin, 'flight-delay', flightsPath, plan)
  return { url, story, people, traffic, folder: fileURLToPath(new URL('.', import.meta.url)), flightsPath }
}

function tallyOf({ traffic: { tally } }: Stage): string {
  const count = (value: number) => value.toLocaleString('en-US')
  return `${count(tally.rows)} predictions in ${count(tally.requests)} requests: ${count(tally.singleRows)} one by one, ${count(tally.smallRows)} in batches of ten, ${count(tally.largeRows)} in larger ones. ${count(tally.labelled)} labels. ${count(tally.failed)} failed.`
}
