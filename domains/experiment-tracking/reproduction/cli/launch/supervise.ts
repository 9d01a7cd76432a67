import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'

export interface Ended {
  /** As a shell says it: the program's own, or 128 and the number of the signal that ended it. */
  readonly exitCode: number
  readonly status: 'finished' | 'failed' | 'killed'
}

const forwarded = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const

/**
 * Waits for a program. Signals to us are handed on to it: an interrupt from the keyboard has reached it already, so only
 * the second one ends it by force. Nothing but the end of the program ends us.
 */
export async function supervise(child: ChildProcess): Promise<Ended> {
  let asked = 0
  const handOn = (signal: NodeJS.Signals) => {
    asked += 1
    const fromKeyboard = signal === 'SIGINT' && process.stdin.isTTY
    if (signal === 'SIGINT' && asked > 1) child.kill('SIGKILL')
    else if (!fromKeyboard) child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, handOn)
  try {
    return await new Promise<Ended>((resolve) => {
      // As a shell says that there is no such program; what can be known before is said before.
      child.once('error', () => resolve({ exitCode: 127, status: 'failed' }))
      child.once('close', (code, signal) => resolve(endOf(code, signal, asked > 0)))
    })
  } finally {
    for (const signal of forwarded) process.off(signal, handOn)
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null, wasAsked: boolean): Ended {
  if (code === 0) return { exitCode: 0, status: 'finished' }
  const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  // A program that catches a signal ends with a code of its own; it was killed all the same.
  return { exitCode, status: signal !== null || wasAsked ? 'killed' : 'failed' }
}
