import { id, step, text } from '@millrace/pipelines/define'

/** Says which versions the references mean now: "latest" may mean another tomorrow, and a cache must not be fooled by it. */
export const pin = step({
  name: 'pin-data',
  inputs: { training: text(), holdout: text() },
  outputs: { training: id('dataset-version'), holdout: id('dataset-version') },
  run: async ({ inputs, client, log }) => {
    const versionOf = async (reference: string) => {
      const version = await client.get<{ id: string; dataset: string; version: string }>('/dataset-versions', {
        reference,
      })
      log(`${reference} is ${version.dataset}@${version.version}`)
      return version.id
    }
    return { training: await versionOf(inputs.training), holdout: await versionOf(inputs.holdout) }
  },
})
