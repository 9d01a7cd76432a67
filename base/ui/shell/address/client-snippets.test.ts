import { expect, it } from 'vitest'
import { clientSnippets } from './client-snippets.ts'

it('carries the address, the workspace, and a token where one is needed', () => {
  const [python, typescript, curl] = clientSnippets({ url: 'https://ml.example/x', workspace: 'ops', needsToken: true })
  expect(python?.code).toContain('os.environ["MLFLOW_WORKSPACE"] = "ops"')
  expect(python?.code).toContain('MLFLOW_TRACKING_TOKEN')
  expect(typescript?.code).toContain('MILLRACE_URL=https://ml.example/x MILLRACE_WORKSPACE=ops MILLRACE_TOKEN=')
  expect(curl?.code).toContain('API=https://ml.example/x/api/millrace/v1/w/ops')
})
it('says no more than is needed where everything is open', () => {
  const codes = clientSnippets({ url: 'http://127.0.0.1:7400', workspace: 'default', needsToken: false })
  expect(codes.some(({ code }) => /WORKSPACE|TOKEN|authorization/.test(code))).toBe(false)
})
