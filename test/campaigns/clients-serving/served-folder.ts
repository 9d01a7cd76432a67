import { createServer } from 'node:net'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerProcess } from '../../journeys/server-process.ts'
import { startServer } from '../../journeys/server-process.ts'

/** A server with a model behind an endpoint for each ONNX file of a folder, by the files' names. */
export interface ServedFolder {
  readonly server: ServerProcess
  /** `host:port` of predictions over HTTP, and over gRPC. */
  readonly http: string
  readonly grpc: string
}

/** Starts it and waits until all models are ready. */
export async function serveFolder(models: string, dataDir: string): Promise<ServedFolder> {
  const [predictPort, grpcPort] = [await freePort(), await freePort()]
  const flags = ['--predict-port', String(predictPort), '--grpc-port', String(grpcPort)]
  const server = await startServer(dataDir, { flags })
  const api = `${server.url}/api/millrace/v1/w/default`
  const { id: runId } = await sent<{ id: string }>('POST', `${api}/runs`, { experiment: 'clients' })
  for (const file of await readdir(models)) {
    const name = file.replace(/\.onnx$/, '')
    await sent('PUT', `${api}/runs/${runId}/artifacts/${file}`, await readFile(join(models, file)))
    await sent('PUT', `${api}/models/${name}`, {})
    const version = { runId, artifactPath: file }
    const { id: versionId } = await sent<{ id: string }>('POST', `${api}/models/${name}/versions`, version)
    await sent('PUT', `${api}/endpoints/${name}`, { model: name })
    await sent('POST', `${api}/endpoints/${name}/deployments`, { versionId })
  }
  return { server, http: `127.0.0.1:${predictPort}`, grpc: `127.0.0.1:${grpcPort}` }
}

async function sent<T>(method: string, url: string, body: object): Promise<T> {
  const isFile = body instanceof Uint8Array
  const type = isFile ? 'application/octet-stream' : 'application/json'
  const payload = isFile ? new Uint8Array(body) : JSON.stringify(body)
  const answer = await fetch(url, { method, headers: { 'content-type': type }, body: payload })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T // as the API answers
}

/** Free now; nobody else on this machine is likely to take it at once. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no free port was found')
  return address.port
}
