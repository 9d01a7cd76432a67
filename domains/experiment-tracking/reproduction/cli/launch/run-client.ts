import type { ApiClient } from '@millrace/terminal'
import type { Run } from '../../../contract.ts'

export interface Point {
  readonly key: string
  readonly value: number
  readonly step: number
  readonly timestampMs: number
}

/** One run as its launcher writes it. */
export interface RunClient {
  readonly run: Run
  putFile(path: string, body: Buffer | Blob): Promise<void>
  log(metrics: readonly Point[]): Promise<void>
  end(status: 'finished' | 'failed' | 'killed', endedAtMs: number): Promise<void>
}

/** Writes to one run through the API. */
export function runClient(api: ApiClient, run: Run): RunClient {
  const path = `/runs/${encodeURIComponent(run.id)}`
  return {
    run,
    putFile: async (name, body) => {
      await api.raw('PUT', `${path}/artifacts/${name.split('/').map(encodeURIComponent).join('/')}`, {
        body: body instanceof Blob ? body : new Uint8Array(body),
        headers: { 'content-type': 'application/octet-stream' },
      })
    },
    log: async (metrics) => {
      await api.post(`${path}/log`, { metrics })
    },
    end: async (status, endedAtMs) => {
      const body = JSON.stringify({ status, endedAtMs })
      await api.raw('PATCH', path, { body, headers: { 'content-type': 'application/json' } })
    },
  }
}
