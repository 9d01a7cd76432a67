import { closedLoop, httpClient } from '../harness/http-load.ts'
import { milliseconds, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'
import { oneRow, planeEndpoint, startPlane, writeModel } from './plane-side.ts'

// A thousand models on demand, so much memory that about fifty stay, models asked for at random. The first access measures a model in a
// thread; every later one that finds it gone loads it again. Usage: many-models.ts [models] [kept] [requests]
const models = Number(process.argv[2] ?? 1000)
const kept = Number(process.argv[3] ?? 50)
const requests = Number(process.argv[4] ?? 2000)

await withScratch(async (folder) => {
  const plane = await startPlane(folder, { modelMemoryBytes: kept * 1024 * 1024 })
  const endpoints = Array.from({ length: models }, (_endpoint, at) =>
    planeEndpoint(`m${at}`, [writeModel(folder, at)], [[1, 'champion', 100]], { onDemand: true }),
  )
  await plane.apply(endpoints)
  const client = httpClient(8)
  const send = (at: number) => client.send('POST', `${plane.url}/v2/models/m${at}/infer`, oneRow())
  const first = await closedLoop(1, models, (number) => send(number % models))
  const again = await closedLoop(8, requests, () => send(Math.floor(Math.random() * models)))
  const hot = await closedLoop(8, requests, () => send(0))
  client.close()
  await plane.stop()
  const row = (name: string, { medianMs, p99Ms, perSecond }: typeof first) => [
    name,
    milliseconds(medianMs),
    milliseconds(p99Ms),
    perSecond.toFixed(0),
  ]
  report(
    `${models} models, about ${kept} in memory, no failure (a failure ends the benchmark)`,
    ['access', 'median', 'p99', 'requests/s'],
    [row('each for the first time', first), row('at random', again), row('always the same', hot)],
  )
})
