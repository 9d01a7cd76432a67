import { asProblem, type Api } from '@millrace/ui/data'
import { flowersAsCsv } from './iris.ts'
import { recipes, trainOn, type Recipe } from './train.ts'

export const demoExperiment = 'iris-demo'
const dataset = 'iris-demo'
const version = 'fisher-1936'

/** Hears how far it is: steps done, of how many, and what is being done. */
export type OnProgress = (done: number, of: number, says: string) => void

interface Items<Item> {
  items: readonly Item[]
}

/** Puts a small real data set into the workspace and trains on it eight times, in this page. What is there already stays. */
export async function loadDemo(api: Api, onProgress: OnProgress): Promise<void> {
  const steps = recipes.length + 1
  onProgress(0, steps, 'Sending 150 iris flowers')
  await registerFlowers(api)
  for (const [at, recipe] of recipes.entries()) {
    onProgress(at + 1, steps, `Training with rate ${recipe.rate}, penalty ${recipe.penalty}`)
    await trainRun(api, recipe)
  }
  onProgress(steps, steps, 'Done')
}

async function registerFlowers(api: Api): Promise<void> {
  const answer = await fetch(api.url(`datasets/${dataset}/uploads`, { path: 'iris.csv' }), {
    method: 'POST',
    body: flowersAsCsv(),
    credentials: 'same-origin',
    headers: { 'content-type': 'application/octet-stream', 'x-millrace-page': '1' },
  })
  if (!answer.ok) throw new Error(`The data could not be sent: the server answered ${answer.status}.`)
  const file = (await answer.json()) as { path: string; digest: string } // the upload's contract
  const files = [{ path: file.path, digest: file.digest }]
  await api.post(`datasets/${dataset}/versions`, { version, files }).catch((thrown: unknown) => {
    // Registered by an earlier demo.
    if (asProblem(thrown).status !== 409) throw thrown
  })
}

async function trainRun(api: Api, recipe: Recipe): Promise<void> {
  const { id } = await api.post<{ id: string }>('runs', {
    experiment: demoExperiment,
    name: `rate-${recipe.rate}-penalty-${recipe.penalty}`,
    params: { rate: String(recipe.rate), penalty: String(recipe.penalty), model: 'softmax' },
    tags: { demo: 'iris' },
    data: [{ version: `datasets:/${dataset}@${version}`, context: 'training' }],
  })
  const { epochs } = trainOn(recipe)
  const metrics = epochs.flatMap(({ trainLoss, testLoss, testAccuracy }, step) => [
    { key: 'train/loss', step, value: trainLoss },
    { key: 'test/loss', step, value: testLoss },
    { key: 'test/accuracy', step, value: testAccuracy },
  ])
  await api.post(`runs/${id}/log`, { metrics })
  await api.patch(`runs/${id}`, { status: 'finished' })
}

/** Takes the demo out again: its runs, its experiment and its data, for good. Only runs that carry its tag go. */
export async function removeDemo(api: Api, onProgress: OnProgress): Promise<void> {
  const query = "tags.demo = 'iris'"
  const search = { query, experiments: [demoExperiment], limit: 200 }
  const { items } = await api.post<Items<{ id: string; experiment: string }>>('runs/search', search)
  const own = items.filter(({ experiment }) => experiment === demoExperiment)
  const steps = own.length + 2
  for (const [at, { id }] of own.entries()) {
    onProgress(at, steps, 'Removing runs')
    await api.delete(`runs/${id}`)
    await api.delete(`trash/runs/${id}`)
  }
  onProgress(steps - 2, steps, 'Removing the experiment')
  await gone(api.delete(`experiments/${demoExperiment}`))
  await gone(api.delete(`trash/experiments/${demoExperiment}`))
  onProgress(steps - 1, steps, 'Removing the data')
  const { items: versions } = await api.get<Items<{ id: string }>>(`datasets/${dataset}/versions`)
  for (const { id } of versions) await gone(api.delete(`dataset-versions/${id}`))
  onProgress(steps, steps, 'Done')
}

/** What somebody else still uses (409), or is gone already (404), stays as it is. */
async function gone(asked: Promise<unknown>): Promise<void> {
  await asked.catch((thrown: unknown) => {
    if (![404, 409].includes(asProblem(thrown).status)) throw thrown
  })
}

/** Whether the demo is in the workspace. */
export async function hasDemo(api: Api, signal: AbortSignal): Promise<boolean> {
  const { items } = await api.get<Items<{ name: string }>>('experiments', { query: { limit: 200 }, signal })
  return items.some(({ name }) => name === demoExperiment)
}
