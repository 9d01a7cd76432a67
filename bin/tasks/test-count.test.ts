import { describe, expect, it } from 'vitest'
import { addCounts, countTests } from './test-count.ts'

const file = (status: string, ...tests: readonly (readonly [string, string])[]) => ({
  name: 'store.test.ts',
  status,
  message: 'cannot be loaded',
  assertionResults: tests.map(([fullName, outcome]) => ({
    fullName,
    status: outcome,
    failureMessages: outcome === 'failed' ? ['expected 1\n    at line 3'] : [],
  })),
})

describe('counting tests', () => {
  it('counts what passed, failed and was skipped, and the conformance tests of each store', () => {
    const report = {
      testResults: [
        file('failed', ['a store [sqlite] keeps rows', 'passed'], ['a store [postgres] keeps rows', 'failed']),
        file('passed', ['is skipped', 'skipped'], ['is to do', 'todo'], ['another', 'passed']),
      ],
    }
    expect(countTests(report)).toEqual({
      passed: 2,
      failed: 1,
      skipped: 2,
      onSqlite: 1,
      onPostgres: 1,
      failures: ['store.test.ts: a store [postgres] keeps rows: expected 1'],
    })
  })

  it('counts a file that failed before its first test as one failure', () => {
    expect(countTests({ testResults: [file('failed')] })).toMatchObject({
      passed: 0,
      failed: 1,
      failures: ['store.test.ts: cannot be loaded'],
    })
  })

  it('counts a file whose tests passed but whose clean-up failed as one failure', () => {
    expect(countTests({ testResults: [file('failed', ['fine', 'passed'])] })).toMatchObject({ passed: 1, failed: 1 })
  })

  it('adds runs up', () => {
    const once = { passed: 1, failed: 2, skipped: 3, onSqlite: 4, onPostgres: 5, failures: ['a'] }
    expect(addCounts([once, once])).toEqual({
      passed: 2,
      failed: 4,
      skipped: 6,
      onSqlite: 8,
      onPostgres: 10,
      failures: ['a', 'a'],
    })
  })
})
