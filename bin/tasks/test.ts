import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildWeb } from './build-web.ts'
import { root } from './root.ts'
import { runCommand, tool } from './run-command.ts'
import { sayStep } from './say-step.ts'
import { addCounts, countTests, parseReport, type TestCount } from './test-count.ts'
import { startTestPostgres } from './test-postgres.ts'

const campaigns = ['crash', 'fuzz', 'clients', 'stores', 'soak']
const nothing: TestCount = { passed: 0, failed: 0, skipped: 0, onSqlite: 0, onPostgres: 0, failures: [] }
const interruption = new AbortController()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { campaign: { type: 'string' } }, allowPositionals: true })
  const { campaign } = values
  if (campaign !== undefined && !campaigns.includes(campaign)) {
    console.error(`bin/test knows no campaign '${campaign}'; there are ${campaigns.join(', ')}.`)
    return 2
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
  const count = await runEverything(campaign, positionals)
  for (const one of count.failures) sayStep('failed', one)
  console.log(`${count.passed} passed, ${count.failed} failed`)
  return count.failed === 0 ? 0 : 1
}

async function runEverything(campaign: string | undefined, filters: readonly string[]): Promise<TestCount> {
  const pages = await orFailure(buildWeb().then(() => nothing))
  const tests = await orFailure(runOnPostgres(campaign, filters))
  return addCounts([pages, tests])
}

async function runOnPostgres(campaign: string | undefined, filters: readonly string[]): Promise<TestCount> {
  const postgres = await startTestPostgres()
  try {
    sayStep('postgresql', `${postgres.version}, started for this run`)
    const env = { MILLRACE_TEST_POSTGRES_URL: postgres.url, ...chromium(), ...mlflowPython() }
    return judge(await runProjects(campaign, filters, env), filters)
  } finally {
    await postgres.stop()
  }
}

async function runProjects(
  campaign: string | undefined,
  filters: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<TestCount> {
  // Journeys start servers and measure waits, so they run alone, after everything else.
  const runs = campaign === undefined ? [['unit', 'architecture'], ['journeys']] : [['campaigns']]
  const whole = campaign === undefined ? env : { ...env, MILLRACE_CAMPAIGN: campaign }
  const counts: TestCount[] = []
  for (const projects of runs) counts.push(await runVitest(projects, filters, whole))
  return addCounts(counts)
}

async function runVitest(
  projects: readonly string[],
  filters: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<TestCount> {
  if (interruption.signal.aborted) return nothing
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tests-'))
  const report = join(folder, 'report.json')
  try {
    const chosen = projects.flatMap((project) => ['--project', project])
    const args = ['run', ...chosen, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters]
    const ran = await runCommand(tool('vitest'), args, { env, shown: true, signal: interruption.signal })
    const count = countTests(parseReport(readFileSync(report, 'utf8')))
    if (ran.exitCode === 0 || count.failed > 0) return count
    return addCounts([count, failure(`Vitest ended with status ${ran.exitCode} though no test failed (see above).`)])
  } catch (error) {
    return failure(interruption.signal.aborted ? 'The run was interrupted.' : String(error))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function judge(count: TestCount, filters: readonly string[]): TestCount {
  const { passed, failed, skipped, onSqlite, onPostgres } = count
  console.log('')
  sayStep('conformance', `${onSqlite} tests on SQLite, ${onPostgres} on PostgreSQL`)
  if (skipped > 0) sayStep('skipped', `${skipped} tests`)
  if (filters.length > 0 && passed + failed === 0)
    return failure(`No test file has ${filters.join(' or ')} in its path.`)
  if (onSqlite === onPostgres) return count
  return addCounts([count, failure('The conformance suite must run the same tests on SQLite and on PostgreSQL.')])
}

function orFailure(run: Promise<TestCount>): Promise<TestCount> {
  return run.catch((error: unknown) => failure(error instanceof Error ? error.message : String(error)))
}

function failure(sentence: string): TestCount {
  return { ...nothing, failed: 1, failures: [sentence] }
}

/** Chromium for the page tests, where it has a usual name; tests that need it say so when it is missing. */
function chromium(): Record<string, string> {
  if (process.env['MILLRACE_TEST_CHROMIUM'] !== undefined) return {}
  const names = 'chromium chromium-browser google-chrome google-chrome-stable'
  try {
    const found = execFileSync('sh', ['-c', `for name in ${names}; do command -v $name && exit; done; exit 1`], {
      encoding: 'utf8',
    })
    return { MILLRACE_TEST_CHROMIUM: found.trim() }
  } catch {
    return {}
  }
}

/** Python with MLflow, as bin/setup --tests makes it. */
function mlflowPython(): Record<string, string> {
  const path = join(root, '.toolchain/python/bin/python')
  return process.env['MILLRACE_TEST_PYTHON'] === undefined && existsSync(path) ? { MILLRACE_TEST_PYTHON: path } : {}
}

process.exitCode = await main()
