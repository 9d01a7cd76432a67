/**
 * The page for a link that MLflow's client prints (`#/experiments/1/runs/…`), below the workspace: `/experiments/%231/…`.
 * Undefined for what is none. The server cannot redirect these, since a browser keeps what follows the `#` to itself.
 */
export function pageOfMlflowLink(hash: string): string | undefined {
  const [path = ''] = hash.replace(/^#/, '').split('?')
  const [first, id, second, third] = path.split('/').filter((part) => part !== '')
  if (id === undefined) return first === 'experiments' || first === 'models' ? `/${first}` : undefined
  if (first === 'models') return `/models/${id}`
  if (first !== 'experiments' || !/^\d+$/.test(id)) return undefined
  const experiment = `/experiments/${encodeURIComponent(`#${id}`)}`
  return second === 'runs' && third !== undefined ? `${experiment}/runs/${encodeURIComponent(third)}` : experiment
}
