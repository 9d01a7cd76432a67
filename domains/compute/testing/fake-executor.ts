import type { Attempt, AttemptSigns, Executor, FoundEnd, RunningAttempt } from '../process/executor.ts'
import type { JobEnd } from '../model/job.ts'

/** What a fake job does; `stopped` is the way to learn that it is to end. */
export type FakeEntry = (
  input: unknown,
  context: { readonly attempt: Attempt; readonly signs: AttemptSigns; readonly stopped: Promise<void> },
) => Promise<unknown>

/** An executor that runs functions in this process, by the href of the entry they were registered under. */
export function createFakeExecutor(
  entries: Readonly<Record<string, FakeEntry>>,
  options: { cpu?: number; found?: readonly FoundEnd[] } = {},
): Executor & { readonly ran: Attempt[] } {
  const ran: Attempt[] = []
  return {
    ran,
    name: 'fake',
    callsServer: false,
    capacity: { cpu: options.cpu ?? 4, memoryMb: 4096 },
    run: (attempt, signs) => {
      ran.push(attempt)
      return runFake(entries[attempt.entryUrl], attempt, signs)
    },
    recover: async () => [...(options.found ?? [])],
    forget: async () => {},
    close: async () => {},
  }
}

function runFake(entry: FakeEntry | undefined, attempt: Attempt, signs: AttemptSigns): RunningAttempt {
  const stopped = Promise.withResolvers<void>()
  const { promise, resolve } = Promise.withResolvers<JobEnd>()
  const work = async () => {
    signs.running()
    if (entry === undefined) throw new Error(`no fake entry is called ${attempt.entryUrl}`)
    return entry(attempt.input, { attempt, signs, stopped: stopped.promise })
  }
  void work().then(
    (answer) => resolve({ state: 'succeeded', exitCode: 0, reason: null, answer }),
    (error: unknown) => resolve({ state: 'failed', exitCode: 1, reason: String(error) }),
  )
  return {
    ended: promise,
    stop: (state, reason) => {
      stopped.resolve()
      resolve({ state, exitCode: null, reason })
    },
  }
}
