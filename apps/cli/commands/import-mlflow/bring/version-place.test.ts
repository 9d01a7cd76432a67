import { describe, expect, it } from 'vitest'
import type { SourceVersion } from '../source.ts'
import { versionPlace } from './version-place.ts'

const runId = 'a'.repeat(32)
const model = `m-${'b'.repeat(32)}`
const rootOfRun = async (id: string) => (id === runId ? `mlflow-artifacts:/7/${runId}/artifacts` : undefined)

function place(given: Partial<SourceVersion>) {
  const version: SourceVersion = {
    version: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
    description: '',
    user: '',
    stage: 'None',
    source: '',
    storageLocation: null,
    runId: null,
    modelId: null,
    runLink: '',
    status: 'READY',
    tags: {},
    ...given,
  }
  return versionPlace(version, rootOfRun)
}

describe('what a version of MLflow’s registry stands on', () => {
  it('is the logged model or the run that its source names', async () => {
    expect(await place({ source: `models:/${model}/sub`, runId })).toEqual({
      runId,
      loggedModelId: model,
      artifactPath: 'sub',
      storageUri: null,
    })
    expect(await place({ source: `runs:/${runId}/model` })).toMatchObject({
      runId,
      artifactPath: 'model',
      storageUri: null,
    })
  })
  it('is the run below whose old address it lay, with the address of here', async () => {
    const source = `s3://bucket/3/${runId}/artifacts/deep/model`
    expect(await place({ source, runId })).toEqual({
      runId,
      loggedModelId: null,
      artifactPath: 'deep/model',
      storageUri: `mlflow-artifacts:/7/${runId}/artifacts/deep/model`,
    })
    const storageLocation = `/old/3/models/${model}/artifacts`
    expect(await place({ source: 'x', storageLocation })).toMatchObject({ loggedModelId: model, artifactPath: '' })
  })
  it('stays where it is told to lie when nothing of it is here', async () => {
    expect(await place({ source: 's3://elsewhere/model' })).toMatchObject({
      storageUri: 's3://elsewhere/model',
      runId: null,
    })
    const gone = 'c'.repeat(32)
    expect(await place({ source: `runs:/${gone}/model` })).toMatchObject({ runId: gone, artifactPath: '' })
  })
})
