/** The endpoint's name for a model that `millrace serve` names: the registered model's, or the file's without extension. */
export function nameOfServed(served: string): string {
  const registered = /^models:\/+(?:[^/]+\/(?=[^/]+@))?([^/@]+)/.exec(served)?.[1]
  if (registered !== undefined) return registered
  const last = served.replaceAll('\\', '/').replace(/\/+$/, '').split('/').at(-1) ?? ''
  const name = last.replace(/\.[A-Za-z0-9]+$/, '').replaceAll(/[^\w.-]+/g, '-')
  return name === '' || name === '.' || name === '..' ? 'model' : name
}
