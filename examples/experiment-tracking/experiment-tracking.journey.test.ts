import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Step } from './experiment-tracking.ts'
import { experimentTracking } from './experiment-tracking.ts'
import { findPython } from './programs.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-experiment-tracking-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a team that changes MLFLOW_TRACKING_URI', () => {
  it('finds its runs, their data, the model and who was told in one place', async () => {
    const program = await findPython()
    if (program === undefined)
      throw new Error('This test needs a Python with mlflow and scikit-learn; bin/setup --tests makes one.')
    const steps: Step[] = []
    const { runs, told, stop } = await experimentTracking(folder, { program, trials: 3 }, (step) => steps.push(step))
    await stop()
    const models = new Set(runs.map(({ params }) => params['model']))
    expect(models).toEqual(new Set(['boosting', 'forest', 'gradient-descent', 'logistic']))
    expect(runs).toHaveLength(4)
    // What MLflow's client and our own say of their data is the same version.
    expect(new Set(runs.map(({ data }) => data[0]?.versionId))).toEqual(new Set([expect.stringMatching(/^dsv_/)]))
    expect(told).toHaveLength(5)
    const printed = (title: string) => steps.find((step) => step.title === title)?.printed
    expect(printed('What a year added')).toContain('365 added, 0 removed, 0 changed, 1,096 unchanged')
    expect(printed('Which are worth a look?')).toContain('in-typescript')
    expect(printed('Who moved it, and why')).toContain('lowest log loss on the year held out')
    expect(printed('Each answer left a trace')).toContain('will_it_rain')
    expect(Number(printed('A program asks the champion, whichever that is'))).toBeGreaterThan(0)
    expect(printed('Where does the best come from?')).toContain('seattle-weather@to-2015')
  }, 300_000)
})
