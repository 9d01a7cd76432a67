import { ref } from '@millrace/contract'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { putProvenance } from '../../domain.ts'
import type { Differences, Provenance, RecordedProvenance } from '../../contract.ts'
import { nothingRecorded } from '../../contract.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'

const base = '/api/millrace/v1/w/default/runs'
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const patch = (value: string) => `--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-rate = 1\n+rate = ${value}\n`

function aProvenance(wish: { commit?: string; patch?: string; numpy?: string } = {}): RecordedProvenance {
  return {
    ...nothingRecorded,
    command: ['python', 'train.py'],
    code: {
      repository: 'https://example.org/a.git',
      root: '/home/ann/a',
      host: 'laptop',
      commit: wish.commit ?? 'c1',
      branch: 'main',
      pushed: true,
      patch: wish.patch === undefined ? null : { digest: digest(wish.patch), sizeBytes: 10 },
      untracked: [],
      untrackedOmitted: 0,
    },
    python: {
      version: '3.12.4',
      implementation: 'CPython',
      executable: '/usr/bin/python3',
      complete: true,
      packages: [
        { name: 'numpy', version: wish.numpy ?? '2.0.0', source: null },
        { name: 'scipy', version: '1.14.0', source: null },
      ],
    },
  }
}

const get = async <T>(t: TestKernel, path: string) => (await t.app.inject(`${base}/${path}`)).json<T>()
const putFile = (t: TestKernel, path: string, payload: string) =>
  t.app.inject({ method: 'PUT', url: `${base}/${path}`, payload, headers: { 'content-type': 'text/plain' } })

onEachStore((openStore) => {
  describe('how a run came about', () => {
    it('is recorded once, with an edge to the run that is done again', async () => {
      const t = await trackingKernel(openStore)
      const first = await aRun(t, { params: { seed: '7' }, tags: { random_state: '8', seeding: 'no' } })
      const again = await aRun(t)
      await t.act(putProvenance, { id: first.id, ...aProvenance() })
      await t.act(putProvenance, { id: first.id, ...aProvenance() })
      await t.act(putProvenance, { id: again.id, ...aProvenance(), reproducesRunId: first.id })
      expect(await get<Provenance>(t, `${first.id}/provenance`)).toEqual({
        ...aProvenance(),
        source: 'launcher',
        seeds: { seed: '7', random_state: '8' },
        reproducesRunId: null,
      })
      expect(t.edges).toContainEqual({ from: ref('run', again.id), type: 'reproduces', to: ref('run', first.id) })
      await expect(t.act(putProvenance, { id: first.id, ...aProvenance({ commit: 'c2' }) })).rejects.toMatchObject({
        code: 'experiment-tracking/provenance-recorded',
      })
    })
    it('is what an MLflow client said, where no launcher looked', async () => {
      const t = await trackingKernel(openStore)
      const tags = { 'mlflow.source.git.commit': 'c9', 'mlflow.source.name': 'train.py' }
      const run = await aRun(t, { tags })
      await putFile(t, `${run.id}/artifacts/model/requirements.txt`, 'numpy==2.1.0\nscipy>=1 # any\n-e .\n')
      await putFile(t, `${run.id}/artifacts/model/python_env.yaml`, 'python: 3.11.2\nbuild_dependencies:\n- pip==24\n')
      const provenance = await get<Provenance>(t, `${run.id}/provenance`)
      expect(provenance).toMatchObject({
        source: 'client',
        command: null,
        entryPoint: 'train.py',
        code: { commit: 'c9' },
      })
      expect(provenance.python).toMatchObject({
        version: '3.11.2',
        complete: false,
        packages: [{ name: 'numpy', version: '2.1.0', source: null }],
      })
      const silent = await aRun(t)
      expect(await get<Provenance>(t, `${silent.id}/provenance`)).toMatchObject({
        source: 'none',
        code: null,
        python: null,
      })
    })
  })

  describe('the differences of two runs', () => {
    const two = async (open: OpenStore) => {
      const t = await trackingKernel(open)
      const a = await aRun(t, { params: { lr: '0.1', depth: '3' }, metrics: { loss: 0.5, auc: 0.9, 'system/cpu': 4 } })
      const b = await aRun(t, { params: { lr: '0.2', depth: '3' }, metrics: { loss: 0.25, auc: 0.9, f1: Number.NaN } })
      await putFile(t, `${a.id}/artifacts/code/patch.diff`, patch('2'))
      await putFile(t, `${b.id}/artifacts/code/patch.diff`, patch('3'))
      await t.act(putProvenance, { id: a.id, ...aProvenance({ patch: 'a' }) })
      await t.act(putProvenance, { id: b.id, ...aProvenance({ commit: 'c2', patch: 'b', numpy: '2.1.0' }) })
      return { t, a, b }
    }
    it('name what is not the same, and count what is', async () => {
      const { t, a, b } = await two(openStore)
      const found = await get<Differences>(t, `${a.id}/differences/${b.id}`)
      expect(found.params).toEqual([{ field: 'lr', run: '0.1', other: '0.2' }])
      expect(found.packages).toEqual([{ ecosystem: 'python', name: 'numpy', run: '2.0.0', other: '2.1.0' }])
      expect(found.code.map(({ field, run, other }) => [field, run, other])).toEqual([
        ['commit', 'c1', 'c2'],
        ['patch', digest('a'), digest('b')],
      ])
      expect(found.patch.lines.filter((line) => !line.startsWith(' '))).toEqual(['-+rate = 2', '++rate = 3'])
      expect(found.metrics.map(({ key, difference }) => [key, difference.last])).toEqual([
        ['f1', null],
        ['loss', -0.25],
      ])
      expect(found.metrics[1]?.run).toEqual({ last: 0.5, min: 0.5, max: 0.5 })
      expect(found.same).toEqual({ params: 1, packages: 1, metrics: 1, data: 0 })
      expect(found.unknown).toEqual([])
    })
    it('are no guesses where only an MLflow client spoke', async () => {
      const { t, a } = await two(openStore)
      const run = await aRun(t, { tags: { 'mlflow.source.git.commit': 'c1', 'mlflow.source.name': 'main.py' } })
      await putFile(t, `${run.id}/artifacts/model/requirements.txt`, 'NumPy==2.1.0\nother==1.0\n')
      const found = await get<Differences>(t, `${a.id}/differences/${run.id}`)
      expect(found.packages).toEqual([
        { ecosystem: 'python', name: 'numpy', run: '2.0.0', other: '2.1.0' },
        { ecosystem: 'python', name: 'other', run: null, other: '1.0' },
      ])
      expect([found.code, found.hardware, found.patch.lines]).toEqual([[], [], []])
      expect(found.unknown).toHaveLength(2)
    })
    it('say what is not known, and refuse a run that is not there', async () => {
      const { t, a } = await two(openStore)
      const silent = await aRun(t)
      const found = await get<Differences>(t, `${a.id}/differences/${silent.id}`)
      expect(found.unknown).toEqual([expect.stringContaining(silent.id)])
      expect(found.packages).toEqual([])
      expect((await t.app.inject(`${base}/${a.id}/differences/nobody`)).statusCode).toBe(404)
    })
  })
})
