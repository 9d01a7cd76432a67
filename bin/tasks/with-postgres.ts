import { runCommand } from './run-command.ts'
import { startTestPostgres } from './test-postgres.ts'

// Runs a command while a PostgreSQL of its own is there: node bin/tasks/with-postgres.ts PROGRAM [ARGUMENT …]

const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('with-postgres.ts wants a command to run.')
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
const postgres = await startTestPostgres()
try {
  const env = { MILLRACE_TEST_POSTGRES_URL: postgres.url }
  const { exitCode } = await runCommand(program, args, { env, shown: true, signal: interruption.signal })
  process.exitCode = exitCode
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await postgres.stop()
}
