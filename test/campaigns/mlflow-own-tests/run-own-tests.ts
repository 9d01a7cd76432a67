import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mlflowPython } from '../../journeys/mlflow/run-script.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const server = fileURLToPath(new URL('../../../apps/server/main.ts', import.meta.url))

/** Runs one file of MLflow's own tests against one of the two servers; gives the names of those that passed. */
export async function runOwnTests(checkout: string, file: string, side: 'millrace' | 'upstream'): Promise<Set<string>> {
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-own-tests-'))
  const report = join(scratch, 'report.xml')
  const plain = ['-p', 'millrace_server', '-p', 'no:cacheprovider', '-q', '--override-ini', 'addopts=', '--timeout=120']
  const python = mlflowPython()
  const env = {
    PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}`,
    HOME: scratch,
    TMPDIR: scratch,
    PYTHONPATH: `${folder}:${checkout}`,
    MILLRACE_SIDE: side,
    MILLRACE_NODE: process.execPath,
    MILLRACE_SERVER: server,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    GIT_PYTHON_REFRESH: 'quiet',
  }
  try {
    const said = await outputOf(python, ['-m', 'pytest', ...plain, `--junitxml=${report}`, file], {
      cwd: checkout,
      env,
    })
    return passedIn(
      await readFile(report, 'utf8').catch(() => {
        throw new Error(`pytest wrote no report of ${file}: ${said.slice(-2000)}`)
      }),
    )
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What a program said, however it ended: pytest ends with 1 when a test fails. */
function outputOf(program: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  return new Promise<string>((resolve) => {
    execFile(program, [...args], { ...options, maxBuffer: 256 * 1024 * 1024 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

function passedIn(report: string): Set<string> {
  const cases = report.matchAll(/<testcase [^>]*?\bname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)
  const passed = [...cases].filter(([, , inside = '']) => !/<(?:failure|error|skipped)\b/.test(inside))
  return new Set(passed.map(([, name = '']) => name))
}
