/** Anything that can be talked about. */
export interface Subject {
  kind: string
  id: string
}

const pages: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^\/experiments\/[^/]+\/runs\/([^/]+)$/, 'run'],
  [/^\/experiments\/([^/]+)$/, 'experiment'],
  [/^\/models\/([^/]+)$/, 'model'],
  [/^\/endpoints\/([^/]+)$/, 'endpoint'],
  [/^\/incidents\/([^/]+)$/, 'incident'],
  [/^\/datasets\/([^/]+)/, 'dataset'],
  [/^\/pipelines\/[^/]+\/([^/]+)$/, 'pipeline-run'],
  [/^\/monitors\/([^/]+)$/, 'monitor'],
  [/^\/approvals\/([^/]+)$/, 'approval'],
  [/^\/studies\/([^/]+)$/, 'study'],
  [/^\/releases\/([^/]+)$/, 'release'],
]

/** What the page at an address below the workspace is about; null for lists and other pages. A model's version is talked about by `name@number`. */
export function subjectOfPath(path: string, search: string): Subject | null {
  for (const [pattern, kind] of pages) {
    const part = pattern.exec(path)?.[1]
    if (part === undefined) continue
    const id = decodeURIComponent(part)
    const version = kind === 'model' ? new URLSearchParams(search).get('version') : null
    return version === null || version === '' ? { kind, id } : { kind: 'model-version', id: `${id}@${version}` }
  }
  return null
}
