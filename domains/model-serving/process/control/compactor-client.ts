import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type {
  CompactedPredictions,
  CompactorTask,
  LabelFile,
  MergedPredictions,
  MergeTask,
} from '../../model/log-files.ts'

/** The compactor's process as control sees it: started with the first task, ended when it has had none for a while. */
export interface CompactorClient {
  predictions(task: Omit<Extract<CompactorTask, { kind: 'predictions' }>, 'kind'>): Promise<CompactedPredictions>
  labels(task: Omit<Extract<CompactorTask, { kind: 'labels' }>, 'kind'>): Promise<readonly LabelFile[]>
  merge(task: MergeTask): Promise<readonly MergedPredictions[]>
  close(): Promise<void>
}

type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string }

const idleMs = 10_000

/** Makes the client. A task rejects when the process dies; nothing is visible of it then, and it may be sent again. */
export function createCompactorClient(options: {
  readonly dataDir: string
  readonly entry?: string | undefined
}): CompactorClient {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let nextId = 1

  const close = async () => {
    clearTimeout(idle)
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null) return
    const exited = new Promise((resolve) => ending.once('exit', resolve))
    if (ending.connected) ending.disconnect()
    await exited
  }
  const settle = (answer: Answer) => {
    const found = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) idle = setTimeout(() => void close(), idleMs).unref()
    if ('error' in answer) found?.reject(new Error(`The compactor: ${answer.error}`))
    else found?.resolve(answer.result)
  }
  const start = (): ChildProcess => {
    const started = fork(options.entry ?? fileURLToPath(new URL('../compactor.ts', import.meta.url)), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'], MILLRACE_COMPACTOR_DATA_DIR: options.dataDir },
    })
    started.on('message', (answer) => settle(answer as Answer)) // our own process sends nothing else
    started.once('exit', () => {
      if (child === started) child = undefined
      for (const { reject } of waiting.values()) reject(new Error('The compactor’s process ended while it worked.'))
      waiting.clear()
    })
    return started
  }
  const ask = (task: CompactorTask) => {
    clearTimeout(idle)
    const running = (child ??= start())
    const id = nextId
    nextId += 1
    return new Promise<unknown>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      running.send({ id, task }, (error) => error !== null && settle({ id, error: error.message }))
    })
  }
  return {
    // The process answers each kind of task with its own result.
    predictions: async (task) => (await ask({ kind: 'predictions', ...task })) as CompactedPredictions,
    labels: async (task) => (await ask({ kind: 'labels', ...task })) as readonly LabelFile[],
    merge: async (task) => (await ask({ kind: 'merge', ...task })) as readonly MergedPredictions[],
    close,
  }
}
