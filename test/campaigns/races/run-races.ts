import type { Racers } from './together.ts'
import { holds, onlyStatuses, oneWins, tally, winnerOf } from './together.ts'

/** One race: sets up what is raced for, lets the clients go, and gives what should not have come of it. */
export type Race = (racers: Racers, name: string) => Promise<string[]>

const mlflow = '//api/2.0/mlflow'

async function createRun(racers: Racers, name: string): Promise<{ id: string; experimentId: string }> {
  return racers.must('POST', '/runs', { experiment: 'races', name })
}

interface Run {
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly status: string
  readonly deleted: boolean
}

const readRun = async (racers: Racers, id: string) => (await racers.get(`/runs/${id}`)).json<Run>()

/** What is raced for on runs and experiments. */
export const runRaces: Readonly<Record<string, Race>> = {
  'an experiment name': async (racers, name) => {
    const answers = await racers.together(() => ['POST', `${mlflow}/experiments/create`, { name }])
    return oneWins(answers, 400, /RESOURCE_ALREADY_EXISTS/)
  },

  'a name that two experiments are renamed to': async (racers, name) => {
    const create = (number: number) => racers.must<unknown>('PUT', `/experiments/${name}-${number}`, {})
    await Promise.all(Array.from({ length: 8 }, (_one, number) => create(number)))
    const answers = await racers.together((client) => ['PATCH', `/experiments/${name}-${client}`, { newName: name }])
    return oneWins(answers, 409, /exists|taken|already/)
  },

  'a run id': async (racers, name) => {
    const id = name.replaceAll(/\W/g, '')
    const answers = await racers.together((client) => [
      'POST',
      '/runs',
      { experiment: 'races', id, tags: { by: `${client}` } },
    ])
    const winner = winnerOf(answers)
    const { tags } = await readRun(racers, id)
    return [
      ...oneWins(answers, 409, /run/),
      ...holds(tags['by'] === `${winner}`, `the run is ${tags['by']}'s, not ${winner}'s`),
    ]
  },

  'a run under one idempotency key': async (racers, name) => {
    const answers = await racers.together(() => [
      'POST',
      '/runs',
      { experiment: 'races', name },
      { 'idempotency-key': name },
    ])
    const ids = new Set(
      answers.map((answer) => (answer.status === 201 ? answer.json<{ id: string }>().id : answer.text)),
    )
    return [
      ...onlyStatuses(answers, 201),
      ...holds(ids.size === 1, `${ids.size} runs: ${[...ids].join(' ').slice(0, 500)}`),
    ]
  },

  'a metric at one step': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const point = (value: number) => ({ run_id: id, key: 'm', value, step: 1, timestamp: 1_760_000_000_000 })
    const different = await racers.together((client) => ['POST', `${mlflow}/runs/log-metric`, point(client)])
    const same = await racers.together(() => ['POST', `${mlflow}/runs/log-metric`, point(0)])
    const { total } = (await racers.get(`/runs/${id}/metrics/m`)).json<{ total: number }>()
    return [
      ...onlyStatuses([...different, ...same], 200),
      ...holds(total === different.length, `${total} points of ${different.length} values`),
    ]
  },

  'metrics of one run in batches': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const metrics = (client: number) =>
      Array.from({ length: 50 }, (_point, at) => {
        return {
          key: `k${at % 5}`,
          value: client,
          step: client * 10 + Math.floor(at / 5),
          timestamp: 1_760_000_000_000,
        }
      })
    const answers = await racers.together((client) => [
      'POST',
      `${mlflow}/runs/log-batch`,
      { run_id: id, metrics: metrics(client) },
    ])
    const run = (await racers.get(`/runs/${id}`)).json<{
      metricSummaries: Record<string, { points: number; max: number }>
    }>()
    const found = Object.values(run.metricSummaries).map(({ points, max }) => `${points}/${max}`)
    const wanted = Array.from({ length: 5 }, () => `${answers.length * 10}/${answers.length - 1}`)
    return [
      ...onlyStatuses(answers, 200),
      ...holds(found.join() === wanted.join(), `${found.join()} instead of ${wanted.join()}`),
    ]
  },

  'a param, with different values': async (racers, name) => {
    const { id } = await createRun(racers, name)
    // Each batch has a param of its own, too: a loser's must not be there.
    const batch = (client: number) => ({
      run_id: id,
      params: [
        { key: 'p', value: `${client}` },
        { key: `own-${client}`, value: 'x' },
      ],
    })
    const answers = await racers.together((client) => ['POST', `${mlflow}/runs/log-batch`, batch(client)])
    const winner = winnerOf(answers)
    const { params } = await readRun(racers, id)
    const wanted = `own-${winner}=x,p=${winner}`
    const found = Object.entries(params)
      .map(([key, value]) => `${key}=${value}`)
      .toSorted()
      .join()
    return [
      ...oneWins(answers, 400, /INVALID_PARAMETER_VALUE/),
      ...holds(found === wanted, `${found} instead of ${wanted}`),
    ]
  },

  'a param, with the same value': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const body = { run_id: id, key: 'p', value: 'x' }
    return onlyStatuses(await racers.together(() => ['POST', `${mlflow}/runs/log-parameter`, body]), 200)
  },

  'a tag': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const body = (client: number) => ({ run_id: id, key: 't', value: `${client}` })
    const answers = await racers.together((client) => ['POST', `${mlflow}/runs/set-tag`, body(client)])
    const { tags } = await readRun(racers, id)
    return [...onlyStatuses(answers, 200), ...holds(/^\d$/.test(tags['t'] ?? ''), `the tag is ${tags['t']}`)]
  },

  'a file of a run': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const content = (client: number) => Buffer.alloc(1 + client * 70_000, `${client}`)
    const answers = await racers.together((client) => ['PUT', `/runs/${id}/artifacts/f.bin`, content(client)])
    const file = (await racers.get(`/runs/${id}/artifacts/f.bin`)).text
    const writer = Number(file[0])
    const listed = (await racers.get(`/runs/${id}/artifacts`)).text
    return [
      // Who comes while another writes is told to come again.
      ...onlyStatuses(answers, 200, 503),
      ...holds(
        file === content(writer).toString(),
        `the file has ${file.length} bytes that begin with ${file.slice(0, 5)}`,
      ),
      ...holds(
        listed.includes(`"sizeBytes":${file.length}`),
        `the list says ${listed} of a file of ${file.length} bytes`,
      ),
    ]
  },

  'deleting a run, and logging to it': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const answers = await racers.together((client) =>
      client % 2 === 0
        ? ['POST', `${mlflow}/runs/delete`, { run_id: id }]
        : ['POST', `${mlflow}/runs/log-metric`, { run_id: id, key: `m${client}`, value: 1, timestamp: 1 }],
    )
    const logged = answers.filter(({ status }, client) => client % 2 === 1 && status === 200).length
    await racers.must('POST', `${mlflow}/runs/restore`, { run_id: id })
    const { metrics } = (await racers.get(`/runs/${id}`)).json<{ metrics: Record<string, number> }>()
    const found = Object.keys(metrics).length
    return [
      ...onlyStatuses(answers, 200, 400, 404, 409),
      ...holds(found === logged, `${found} metrics of ${logged} acknowledged are there (${tally(answers)})`),
    ]
  },

  'the end of a run': async (racers, name) => {
    const { id } = await createRun(racers, name)
    const status = (client: number) => (client % 2 === 0 ? 'FINISHED' : 'FAILED')
    const answers = await racers.together((client) => [
      'POST',
      `${mlflow}/runs/update`,
      { run_id: id, status: status(client), end_time: 5 },
    ])
    const { status: end } = await readRun(racers, id)
    return [...onlyStatuses(answers, 200), ...holds(/finished|failed/.test(end), `the run is ${end}`)]
  },
}
