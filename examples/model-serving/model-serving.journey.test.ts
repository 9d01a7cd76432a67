import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { modelServing } from './model-serving.ts'
import type { Step } from './model-serving.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-model-serving-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a model on its way from a file to its users', () => {
  it('answers four protocols, stops a bad version, finds and promotes better ones, and predicts files and offline', async () => {
    const steps: Step[] = []
    const { shown, stop } = await modelServing(folder, (step) => steps.push(step))
    await stop()
    const outcome = (what: string) => shown.find((row) => row.what === what)?.outcome
    expect(outcome('Deployed')).toContain('version 1 is ready')
    expect(outcome('Protocols')).toMatch(/all say 0\.\d{4}/)
    expect(outcome('Rollout of a bad version')).toMatch(
      /^rolled back after \d+ requests: The guardrail "log-loss" failed/,
    )
    expect(outcome('A/B experiment')).toContain('Version 3 is better than the champion')
    expect(outcome('Shadow')).toMatch(/^\d+ rows answered by both; "late" differs by 0\.0\d+/)
    expect(outcome('Rollout of a good version')).toMatch(/^promoted after/)
    expect(outcome('Batch')).toMatch(/^Predicted 20,000 rows/)
    expect(steps.find(({ title }) => title.startsWith('Again'))?.printed).toContain('20,000 predictions already')
    expect(outcome('Offline')).toBe('5 predictions without a server, then 5 predictions sent')
  }, 300_000)
})
