import { frameOf, manifestOf } from '../writers/chunk-frame.ts'
import type { Race } from './run-races.ts'
import { holds, onlyStatuses, oneWins, winnerOf } from './together.ts'

const mlflow = '//api/2.0/mlflow'

interface Move {
  readonly from: number | null
  readonly to: number | null
}

/** What is raced for on models and data. */
export const registryRaces: Readonly<Record<string, Race>> = {
  'the name of a model': async (racers, name) => {
    const answers = await racers.together(() => ['POST', `${mlflow}/registered-models/create`, { name }])
    return oneWins(answers, 400, /RESOURCE_ALREADY_EXISTS/)
  },

  'the next version of a model': async (racers, name) => {
    await racers.must('PUT', `/models/${name}`, {})
    const body = { name, source: `s3://bucket/${name}` }
    const answers = await racers.together(() => ['POST', `${mlflow}/model-versions/create`, body])
    const numbers = answers.flatMap((answer) =>
      answer.status === 200
        ? [Number(answer.json<{ model_version: { version: string } }>().model_version.version)]
        : [],
    )
    const sorted = numbers.toSorted((a, b) => a - b).join()
    const wanted = answers.map((_answer, at) => at + 1).join()
    return [...onlyStatuses(answers, 200), ...holds(sorted === wanted, `versions ${sorted} instead of ${wanted}`)]
  },

  'an alias': async (racers, name) => {
    await racers.must('PUT', `/models/${name}`, {})
    const source = `s3://bucket/${name}`
    for (const _version of [1, 2, 3]) await racers.must('POST', `${mlflow}/model-versions/create`, { name, source })
    const answers = await racers.together((client) => {
      const version = (client % 3) + 1
      return client % 2 === 0
        ? ['PUT', `/models/${name}/aliases/champion`, { version }]
        : ['POST', `${mlflow}/registered-models/alias`, { name, alias: 'champion', version: String(version) }]
    })
    const { aliases } = (await racers.get(`/models/${name}`)).json<{ aliases: Record<string, number> }>()
    const { items } = (await racers.get(`/models/${name}/aliases/champion/history`)).json<{ items: Move[] }>()
    const said = items.map(({ from, to }) => `${from}→${to}`).join(', ')
    // Newest first: each move must begin where the one before it ended, and the last is what is so now.
    const follows = items.every(({ from }, at) => from === (items[at + 1]?.to ?? null))
    return [
      ...onlyStatuses(answers, 200),
      ...holds(
        follows && items[0]?.to === aliases['champion'],
        `the alias is ${aliases['champion']}, its moves ${said}`,
      ),
    ]
  },

  'the stage of a version': async (racers, name) => {
    await racers.must('PUT', `/models/${name}`, {})
    const versions = Array.from({ length: 8 }, (_version, at) => String(at + 1))
    for (const _version of versions)
      await racers.must('POST', `${mlflow}/model-versions/create`, { name, source: `s3://bucket/${name}` })
    const body = (client: number) => {
      return { name, version: versions[client % 8], stage: 'Production', archive_existing_versions: true }
    }
    const answers = await racers.together((client) => [
      'POST',
      `${mlflow}/model-versions/transition-stage`,
      body(client),
    ])
    const { items } = (await racers.get(`/models/${name}/versions`)).json<{ items: { stage: string }[] }>()
    const live = items.filter(({ stage }) => stage === 'Production').length
    return [...onlyStatuses(answers, 200), ...holds(live === 1, `${live} versions are in Production`)]
  },

  'a version of data, with different bytes': async (racers, name) => {
    await racers.must('PUT', `/datasets/${name}`, {})
    const contents = Array.from({ length: 8 }, (_content, at) => `${name} ${at}`)
    for (const content of contents) await racers.must('POST', `/datasets/${name}/chunks`, frameOf(content))
    const headers = { 'content-type': 'application/x-ndjson' }
    const answers = await racers.together((client) => {
      return ['POST', `/datasets/${name}/manifests`, manifestOf('v-1', contents[client % 8] ?? ''), headers]
    })
    const winner = winnerOf(answers)
    const { id } = answers[winner]?.json<{ id: string }>() ?? { id: '' }
    const file = (await racers.get(`/dataset-versions/${id}/files/data.txt`)).text
    return [
      ...oneWins(answers, 409, /v-1/),
      ...holds(file === contents[winner], `the winner's file is ${file.slice(0, 100)}`),
    ]
  },

  'a version of data, with the same bytes': async (racers, name) => {
    await racers.must('PUT', `/datasets/${name}`, {})
    const sent = await racers.together(() => ['POST', `/datasets/${name}/chunks`, frameOf(name)])
    const headers = { 'content-type': 'application/x-ndjson' }
    const answers = await racers.together(() => [
      'POST',
      `/datasets/${name}/manifests`,
      manifestOf('v-1', name),
      headers,
    ])
    const { items } = (await racers.get(`/datasets/${name}/versions`)).json<{ items: unknown[] }>()
    return [...onlyStatuses([...sent, ...answers], 200), ...holds(items.length === 1, `${items.length} versions`)]
  },
}
