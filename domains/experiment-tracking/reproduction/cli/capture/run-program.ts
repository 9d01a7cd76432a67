import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'

/** What a program answered. `bytes` is its standard output, `errors` the end of its standard error. */
export interface Answered {
  readonly code: number
  readonly bytes: Buffer
  readonly text: string
  readonly errors: string
}

export interface RunProgramOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutMs?: number
  readonly input?: Buffer
}

const mostErrors = 4000

/** Runs a program to its end; undefined when there is no such program, or it took too long. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, timeoutMs = 60_000, input }: RunProgramOptions = {},
): Promise<Answered | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    })
    // Node's own time limit goes on, and holds the process, where there is no such program.
    const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const pieces: Buffer[] = []
    let errors = ''
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
    child.stderr.on('data', (piece: Buffer) => (errors = (errors + piece.toString('utf8')).slice(-mostErrors)))
    // A program that does not read its input may end before it is written.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.once('error', () => {
      clearTimeout(limit)
      resolve(undefined)
    })
    child.once('close', (code) => {
      clearTimeout(limit)
      const bytes = Buffer.concat(pieces)
      resolve(code === null ? undefined : { code, bytes, text: bytes.toString('utf8'), errors: errors.trim() })
    })
  })
}

/** The standard output of a program that ended well; undefined otherwise. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: RunProgramOptions = {},
): Promise<Answered | undefined> {
  const answered = await runProgram(program, args, options)
  return answered?.code === 0 ? answered : undefined
}

/** The digest of bytes as it is written everywhere: `sha256:` and 64 hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
