import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import type { HttpClient } from './http-load.ts'

/** Inputs of the model that is measured: as many as the flight-delay model has. */
export const features = ['hour', 'weekday', 'distance', 'origin_late_share', 'destination_late_share']

/** Registers a small ONNX model and serves it at two endpoints, `logged` and `unlogged`, through the public API. */
export async function serveModel(client: HttpClient, url: string): Promise<void> {
  const api = `${url}/api/millrace/v1/w/default`
  const weights = Object.fromEntries(features.map((feature, at) => [feature, (at + 1) / 10]))
  const run = await made(client.send('POST', `${api}/runs`, { experiment: 'bench' }))
  await client.send('PUT', `${api}/runs/${run}/artifacts/model.onnx`, tinyModel({ weights, bias: -1 }))
  await client.send('PUT', `${api}/models/bench`, {})
  const artifact = { runId: run, artifactPath: 'model.onnx' }
  const versionId = await made(client.send('POST', `${api}/models/bench/versions`, artifact))
  for (const name of ['logged', 'unlogged']) {
    await client.send('PUT', `${api}/endpoints/${name}`, { model: 'bench', logging: { enabled: name === 'logged' } })
    await client.send('POST', `${api}/endpoints/${name}/deployments`, { versionId })
  }
}

async function made(answer: Promise<string>): Promise<string> {
  return (JSON.parse(await answer) as { id: string }).id // as the API answers
}
