/**
 * Predicts with an edge bundle: no server, no network. With a third word it sends what it predicted to the server.
 *
 *     node offline.ts BUNDLE FLIGHTS.CSV [sync]
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Bundle {
  load(): Promise<{
    predict(rows: readonly object[]): Promise<readonly { readonly outputs: Readonly<Record<string, unknown>> }[]>
    sync(): Promise<number>
  }>
}

const [folder = '', file = '', wish] = process.argv.slice(2)
const bundle = (await import(pathToFileURL(join(folder, 'predict.mjs')).href)) as Bundle // as the export wrote it
const model = await bundle.load()
if (wish === 'sync') console.log(`${await model.sync()} predictions sent`)
else {
  const lines = (await readFile(file, 'utf8')).trim().split('\n').slice(1, 6)
  const rows = lines.map((line) => {
    const [, time, distance] = line.split(',')
    return { time: Number(time), distance: Number(distance) }
  })
  for (const { outputs } of await model.predict(rows)) console.log(Number(outputs['late']).toFixed(4))
}
