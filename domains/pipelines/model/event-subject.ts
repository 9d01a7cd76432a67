/** Nouns whose kind in the lineage is another word, by `domain.noun`. */
const kinds: Readonly<Record<string, string>> = {
  'datasets.version': 'dataset-version',
  'model-registry.version': 'model-version',
  'pipelines.run': 'pipeline-run',
  'pipelines.version': 'pipeline-version',
}

/** What an event is about, as a lineage node: `monitoring.alert.fired` with its payload's id is an alert. */
export function eventSubject(event: { name: string; id: string; payload: unknown }): { kind: string; id: string } {
  const [domain = '', noun = ''] = event.name.split('.')
  const { payload } = event
  const hasId = typeof payload === 'object' && payload !== null && 'id' in payload && typeof payload.id === 'string'
  if (!hasId) return { kind: 'event', id: event.id }
  return { kind: kinds[`${domain}.${noun}`] ?? noun, id: String(payload.id) }
}
