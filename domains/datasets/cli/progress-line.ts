import type { CommandContext, Progress } from '@millrace/terminal'
import { createProgress, formatBytes } from '@millrace/terminal'

/** A progress line on standard error. Broken off with ctrl-C, it says how to go on. */
export function progressOf({ json }: Pick<CommandContext, 'json'>, label: string): Progress {
  const isTerminal = process.stderr.isTTY && !json
  const write = (text: string) => void process.stderr.write(text)
  const progress = createProgress({ label, write, isTerminal, nowMs: Date.now })
  const stop = () => {
    progress.end()
    write('\nStopped. Run the same command again: it goes on where it was.\n')
    // The shell's number for an interrupt. Nothing is half written: files get their names when they are whole.
    process.exit(130)
  }
  process.once('SIGINT', stop)
  let total = 0
  return {
    update: (done, of) => {
      total = of
      progress.update(done, of)
    },
    end: (text) => {
      process.off('SIGINT', stop)
      progress.end(text ?? (isTerminal && total > 0 ? `  ${label} ${formatBytes(total)}` : undefined))
    },
  }
}
