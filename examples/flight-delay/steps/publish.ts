import { file, id, step, text } from '@millrace/pipelines/define'

/** Registers the training features as data of their own: the reference that live requests are compared with. */
export const publish = step({
  name: 'publish-features',
  inputs: { features: file(), trainingVersion: id('dataset-version'), dataset: text() },
  outputs: { version: id('dataset-version') },
  run: async ({ inputs, client, log }) => {
    const dataset = encodeURIComponent(inputs.dataset)
    const query = { path: 'features.parquet' }
    const { digest } = await client.upload<{ digest: string }>(`/datasets/${dataset}/uploads`, inputs.features, {
      method: 'POST',
      query,
    })
    const version = await client.post<{ id: string; version: string; rowCount: number }>(
      `/datasets/${dataset}/versions`,
      {
        files: [{ path: 'features.parquet', digest }],
        derivedFrom: [inputs.trainingVersion],
      },
    )
    log(`datasets:/${inputs.dataset}@${version.version}, ${version.rowCount} rows`)
    return { version: version.id }
  },
})
