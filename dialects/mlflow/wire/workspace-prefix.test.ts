import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { mlflowKernel } from '../testing/ask-mlflow.ts'

onEachStore((openStore) => {
  describe('a tracking address with a workspace', () => {
    it('is that workspace, for runs and artifacts, unless MLflow’s header names another', async () => {
      const t = await mlflowKernel(openStore)
      const made = await t.app.inject({
        method: 'POST',
        url: '/w/team/api/2.0/mlflow/experiments/create',
        payload: { name: 'theirs' },
      })
      const { experiment_id: id } = made.json<{ experiment_id: string }>()
      const found = async (prefix: string, headers: Record<string, string> = {}) => {
        const url = `${prefix}/api/2.0/mlflow/experiments/get-by-name?experiment_name=theirs`
        return (await t.app.inject({ url, headers })).statusCode
      }
      expect(await found('/w/team')).toBe(200)
      expect(await found('')).toBe(404)
      expect(await found('', { 'x-mlflow-workspace': 'team' })).toBe(200)
      expect(await found('/w/team', { 'x-mlflow-workspace': 'default' })).toBe(404)
      const run = await t.app.inject({
        method: 'POST',
        url: '/w/team/api/2.0/mlflow/runs/create',
        payload: { experiment_id: id },
      })
      const { info } = run.json<{ run: { info: { run_id: string } } }>().run
      const path = `/api/2.0/mlflow-artifacts/artifacts/${id}/${info.run_id}/artifacts/a.txt`
      const put = await t.app.inject({ method: 'PUT', url: `/w/team${path}`, payload: 'hello' })
      expect(put.statusCode).toBe(200)
      expect((await t.app.inject(`/w/team${path}`)).body).toBe('hello')
      expect((await t.app.inject(path)).statusCode).toBe(404)
      const unknown = await t.app.inject('/w/team/api/2.0/mlflow/nothing')
      expect(unknown.json()).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' })
    })
  })
})
