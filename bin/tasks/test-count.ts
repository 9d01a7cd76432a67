/** What one run of the tests came to. */
export interface TestCount {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Tests of the conformance suite, by the store they ran on. */
  readonly onSqlite: number
  readonly onPostgres: number
  /** What failed, each as `FILE: test: first line of the message`, so that the end of a long output says it. */
  readonly failures: readonly string[]
}

/** The part of Vitest's JSON report that counting needs. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** Reads what Vitest's JSON reporter wrote. Throws when the text is no such report. */
export function parseReport(text: string): VitestReport {
  const report: unknown = JSON.parse(text)
  if (typeof report !== 'object' || report === null || !('testResults' in report))
    throw new Error('Vitest wrote no report.')
  // Vitest documents this form and we pin its version.
  return report as VitestReport
}

/**
 * Counts a report of Vitest's JSON reporter. A file that failed before its first test counts as one failed test.
 * Conformance tests carry `[sqlite]` or `[postgres]` in their full name.
 */
export function countTests(report: VitestReport): TestCount {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const having = (matches: (test: (typeof tests)[number]) => boolean) => tests.filter(matches).length
  return {
    passed: having((test) => test.status === 'passed'),
    failed: having((test) => test.status === 'failed') + brokenFiles.length,
    skipped: having((test) => test.status !== 'passed' && test.status !== 'failed'),
    onSqlite: having((test) => test.fullName.includes('[sqlite]')),
    onPostgres: having((test) => test.fullName.includes('[postgres]')),
    failures: [
      ...report.testResults.flatMap((file) =>
        file.assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) => [file.name, test.fullName, firstLine(test.failureMessages?.[0])].join(': ')),
      ),
      ...brokenFiles.map((file) => `${file.name}: ${firstLine(file.message)}`),
    ],
  }
}

function firstLine(message: string | undefined): string {
  return message?.split('\n', 1)[0] ?? ''
}

/** The sum of several runs. */
export function addCounts(counts: readonly TestCount[]): TestCount {
  const sum = (field: Exclude<keyof TestCount, 'failures'>) => counts.reduce((total, count) => total + count[field], 0)
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    onSqlite: sum('onSqlite'),
    onPostgres: sum('onPostgres'),
    failures: counts.flatMap((count) => count.failures),
  }
}
