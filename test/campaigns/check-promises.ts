import { ask, must } from '../journeys/ask.ts'
import type { Acknowledged } from './ledger.ts'
import { metricsPerRun } from './steps.ts'

/** Reads every promise back; gives a line for each that the server does not keep, or keeps twice. */
export async function checkPromises(url: string, entries: readonly Acknowledged[]): Promise<string[]> {
  const broken: string[] = []
  const audit = await auditCounts(url)
  for (const entry of entries) {
    const fault = (await checks[entry.kind]?.(url, entry)) ?? auditFault(audit, entry)
    if (fault !== undefined) broken.push(`${entry.key} (${entry.id}): ${fault}`)
  }
  return broken
}

type Check = (url: string, entry: Acknowledged) => Promise<string | undefined>

const isThere =
  (path: (id: string) => string): Check =>
  async (url, { id }) => {
    const { status } = await ask(url, 'GET', path(id))
    return status === 200 ? undefined : `GET ${path(id)} answers ${status}`
  }

const checks: Partial<Record<Acknowledged['kind'], Check>> = {
  run: isThere((id) => `/runs/${id}`),
  version: isThere((id) => `/model-versions/${id}`),
  rollout: isThere((id) => `/rollouts/${id}`),
  evidence: isThere((id) => `/evidence/${id}`),
  prediction: isThere((id) => `/predictions/${id}.0`),
  log: async (url, { id }) => {
    const { status, text } = await ask(url, 'GET', `/runs/${id}/metrics/loss`)
    const points = status === 200 ? (JSON.parse(text) as { points: { step: number }[] }).points : [] // as the contract says
    const steps = points.map(({ step }) => step).toSorted((a, b) => a - b)
    return steps.length === metricsPerRun && steps.every((step, index) => step === index)
      ? undefined
      : `its metric has the steps [${steps.join(', ')}]`
  },
  finish: async (url, { id }) => {
    const run = await ask(url, 'GET', `/runs/${id}`)
    return /"status":"finished"/.test(run.text) ? undefined : `the run is not finished: ${run.status}`
  },
  label: async (url, { id, value }) => {
    const found = await ask(url, 'GET', `/predictions/${id}.0`)
    const label = found.status === 200 ? found.json<{ label: { value: number } | null }>().label : null
    return label?.value === value ? undefined : `its label is ${JSON.stringify(label)}, not ${value}`
  },
}

// What each act leaves in the audit record: once, however often it was sent.
const audited: Partial<Record<Acknowledged['kind'], string>> = {
  user: 'access.create-user',
  run: 'experiment-tracking.create-run',
  version: 'model-registry.register-version',
}

function auditFault(counts: ReadonlyMap<string, number>, { kind, id }: Acknowledged): string | undefined {
  const action = audited[kind]
  if (action === undefined) return undefined
  const count = counts.get(`${action} ${id}`) ?? 0
  return count === 1 ? undefined : `the audit record has ${action} ${count} times`
}

/** How often the audit record has each action on each object: `<action> <id>` → count. */
export async function auditCounts(url: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let pageToken: string | undefined
  do {
    const more = pageToken === undefined ? '' : `&pageToken=${encodeURIComponent(pageToken)}`
    const page = await must<{ items: { action: string; object: { id: string } }[]; nextPageToken?: string }>(
      url,
      'GET',
      `/audit?limit=500${more}`,
    )
    for (const { action, object } of page.items) {
      const key = `${action} ${object.id}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return counts
}
