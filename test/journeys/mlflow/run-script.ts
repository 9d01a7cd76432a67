import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A Python that has MLflow; without one these tests fail, they do not skip. */
export function mlflowPython(): string {
  const path = process.env['MILLRACE_TEST_PYTHON']
  if (path !== undefined && path !== '') return path
  throw new Error(
    'This test needs a Python with mlflow installed. Make one with "python3 -m venv DIR && DIR/bin/pip install mlflow", and set MILLRACE_TEST_PYTHON=DIR/bin/python.',
  )
}

/** Runs a script of this folder against a server, with MLflow's client as it comes; gives what it saw, by what it was. */
export async function runScript(script: string, url: string, home: string): Promise<Record<string, unknown>> {
  const quiet = { GIT_PYTHON_REFRESH: 'quiet', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1', MLFLOW_DISABLE_TELEMETRY: 'true' }
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(mlflowPython(), [path, url], {
    env: { PATH: process.env['PATH'], HOME: home, MLFLOW_TRACKING_URI: url, ...quiet },
    cwd: home,
    maxBuffer: 64 * 1024 * 1024,
  })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return Object.fromEntries(
    lines.map((line) => {
      const { what, value } = JSON.parse(line) as { what: string; value: unknown } // as the scripts print them
      return [what, value]
    }),
  )
}
