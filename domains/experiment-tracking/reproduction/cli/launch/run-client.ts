import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '@millrace/contract'
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

const pausesMs = [500, 1000, 2000, 4000, 8000]

/** Tries again while the server is away: a run that is never ended looks as if it went on. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await act()
    } catch (error) {
      if (error instanceof Problem && error.status < 500) throw error
      await wait(pauseMs)
    }
  }
  return act()
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
      await patiently(() => api.raw('PATCH', path, { body, headers: { 'content-type': 'application/json' } }))
    },
  }
}
