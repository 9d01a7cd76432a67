import { file, integer, pipeline, step, text } from '@millrace/pipelines/define'

const ask = step({
  name: 'ask',
  inputs: { queue: text() },
  outputs: { maxJobs: integer(), refusal: text(), parameter: text() },
  run: async ({ inputs, client, parameters, progress }) => {
    progress(0.5, 'half of it')
    await client.put(`/queues/${inputs.queue}`, { maxJobs: 3 })
    const { spec } = await client.get<{ spec: { maxJobs: number } }>(`/queues/${inputs.queue}`)
    const refusal = await client.post('/pipelines/none/runs', {}).then(String, (error: Error) => error.message)
    return { maxJobs: spec.maxJobs, refusal, parameter: JSON.stringify(parameters['queue']) }
  },
})

const outside = step({
  name: 'outside',
  outputs: { secret: file() },
  run: () => ({ secret: '/etc/hostname' }),
})

/** Steps that call the server, and one that would give away a file of elsewhere. */
export default pipeline('calls-server', { parameters: { queue: text({ default: 'narrow' }) } }, ({ queue }) => {
  const { maxJobs, refusal, parameter } = ask({ queue })
  outside({})
  return { maxJobs, refusal, parameter }
})
