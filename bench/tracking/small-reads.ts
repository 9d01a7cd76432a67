import { parentPort, Worker, workerData } from 'node:worker_threads'

/** Small reads that go on in a thread of their own, so that what the measuring process does meanwhile costs them nothing. */
export interface SmallReads {
  /** Ends them; gives how long each took in milliseconds, in ascending order. */
  end(): Promise<number[]>
}

interface Asked {
  readonly url: string
  readonly token: string | undefined
}

/** Asks for an address every five milliseconds, one read at a time. */
export async function startSmallReads(asked: Asked): Promise<SmallReads> {
  const worker = new Worker(new URL(import.meta.url), { workerData: asked })
  const message = () =>
    new Promise<unknown>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  await message()
  return {
    end: async () => {
      const answer = message()
      worker.postMessage('end')
      const tookMs = (await answer) as number[] // as `readOn` posts
      await worker.terminate()
      return tookMs.toSorted((a, b) => a - b)
    },
  }
}

async function readOn({ url, token }: Asked): Promise<void> {
  const state = { going: true }
  const tookMs: number[] = []
  parentPort?.once('message', () => {
    state.going = false
  })
  parentPort?.postMessage('started')
  while (state.going) {
    const startedAt = performance.now()
    const answer = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`A small read was answered ${answer.status}.`)
    tookMs.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  parentPort?.postMessage(tookMs)
}

if (parentPort !== null) await readOn(workerData as Asked) // as `startSmallReads` passes it
