const PREFIXES: Readonly<Record<string, string>> = {
  pred: 'prediction',
  ver: 'model-version',
  dsv: 'dataset-version',
  code: 'code-version',
  prun: 'pipeline-run',
  job: 'job',
  trial: 'trial',
  evd: 'evidence',
  dep: 'deployment',
  rol: 'rollout',
  win: 'window',
  alr: 'alert',
  inc: 'incident',
  apr: 'approval',
  rel: 'release',
}

/** The kind of entity that an id names, by its prefix; 32 hex digits are a run. Null when it is none of ours. */
export function kindOfId(id: string): string | null {
  if (/^[0-9a-f]{32}$/.test(id)) return 'run'
  const prefix = /^([a-z]+)_\w/.exec(id)?.[1]
  return prefix === undefined ? null : (PREFIXES[prefix] ?? null)
}
