import { describe, expect, it } from 'vitest'
import { exceptions } from './mlflow-own-tests/exceptions.ts'
import { runOwnTests } from './mlflow-own-tests/run-own-tests.ts'

// A checkout of MLflow's repository, which brings its tests; nothing of it is kept here. The Python of
// MILLRACE_TEST_PYTHON needs pytest, pytest-timeout and pytest-asyncio beside mlflow.
const checkout = process.env['MILLRACE_MLFLOW_CHECKOUT']

const files = [
  'tests/tracking/test_rest_tracking.py',
  'tests/tracking/test_model_registry.py',
  'tests/tracking/test_client_webhooks.py',
  'tests/store/model_registry/test_rest_store_webhooks.py',
]

describe.runIf(checkout !== undefined)('MLflow’s own HTTP tests', () => {
  it.each(files)(
    '%s passes on Millrace where it passes on MLflow, but for the exceptions that are listed',
    async (file) => {
      const upstream = await runOwnTests(checkout ?? '', file, 'upstream')
      const ours = await runOwnTests(checkout ?? '', file, 'millrace')
      process.stdout.write(`${file}: ${ours.size} pass on Millrace, ${upstream.size} on MLflow\n`)
      const missing = [...upstream].filter((name) => !ours.has(name))
      expect(missing.filter((name) => !exceptions.some(({ names }) => names.test(name)))).toEqual([])
    },
  )
})
