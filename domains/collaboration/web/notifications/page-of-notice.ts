import { href } from '@millrace/ui/shell'

interface Told {
  kind: string
  about: { kind: string; id: string }
}

const named: Readonly<Record<string, string>> = {
  experiment: 'experiments',
  model: 'models',
  endpoint: 'endpoints',
  dataset: 'datasets',
  monitor: 'monitors',
  study: 'studies',
  incident: 'incidents',
  approval: 'approvals',
  release: 'releases',
}

/** Where a notice leads: the page of what it is about, with the talk open where it is about words. */
export function pageOfNotice({ kind, about }: Told): string {
  const talk = kind === 'mention' || kind === 'reply' ? 'talk=1' : ''
  const withTalk = (to: string) => (talk === '' ? to : `${to}${to.includes('?') ? '&' : '?'}${talk}`)
  if (about.kind === 'model-version') {
    const at = about.id.lastIndexOf('@')
    return withTalk(`${href('models', about.id.slice(0, at))}?version=${encodeURIComponent(about.id.slice(at + 1))}`)
  }
  const list = named[about.kind]
  return withTalk(list === undefined ? href('r', about.id) : href(list, about.id))
}
