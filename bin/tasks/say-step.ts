/** One line for one step, as the shell scripts in `bin/` print theirs. `MILLRACE_QUIET=1` keeps it to itself. */
export function sayStep(name: string, sentence: string) {
  if (process.env['MILLRACE_QUIET'] !== '1') console.log(`${name.padEnd(12)} ${sentence}`)
}

/** `1.9 s`. */
export const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)} s`
