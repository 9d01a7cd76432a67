// What can be said of a version's source by reading it alone.

const hostSchemes = ['ftp', 'sftp', 'hdfs', 'viewfs', 'http', 'https', 'mlflow-artifacts', 'r2', 'b2', 'abfss']

/** The scheme of an address in lower case; empty for a path. */
export function schemeOf(uri: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase() ?? ''
}

/** A path of this machine, or a `file:` address. */
export function isLocal(uri: string): boolean {
  const scheme = schemeOf(uri)
  return scheme === '' || scheme === 'file'
}

/** The scheme, where the address would make somebody connect to a host that the operator did not allow. */
export function namesOtherHost(uri: string, allowed: readonly string[]): string | undefined {
  const scheme = schemeOf(uri)
  if (!hostSchemes.includes(scheme)) return undefined
  if (scheme === 'mlflow-artifacts' && !uri.slice(scheme.length + 1).startsWith('//')) return undefined
  return allowed.some((name) => name.toLowerCase() === scheme) ? undefined : scheme
}

/** True where the path leads up, about or around: `..`, `.`, an encoded one of them, a null byte, or no way from the root. */
export function leadsAround(uri: string): boolean {
  const plain = decodeWhole(uri)
  const path = pathOf(plain).replaceAll(/\/+/g, '/').replace(/\/$/, '')
  if (plain.includes('\0') || plain.split(/[/\\]/).includes('..')) return true
  return path.split('/').includes('.') || (path !== '' && !path.startsWith('/'))
}

/** True for an address that this server's own artifacts have. */
export function isOursByProxy(uri: string): boolean {
  const scheme = schemeOf(uri)
  if (scheme === 'mlflow-artifacts') return true
  return (scheme === 'http' || scheme === 'https') && pathOf(uri).includes('/api/2.0/mlflow-artifacts/artifacts')
}

/** What lies behind `root` in `uri`: the path below it, empty for the root itself, undefined when it is not below it. */
export function partBelow(uri: string, root: string): string | undefined {
  const [one, other] = [partsOf(uri), partsOf(root)]
  if (one.scheme !== other.scheme || one.host !== other.host || other.path.length === 0) return undefined
  const below = other.path.every((part, at) => one.path[at] === part)
  return below ? one.path.slice(other.path.length).join('/') : undefined
}

/** Percent signs and plus signs taken for what they stand for, as often as there are any. */
export function decodeWhole(text: string): string {
  let plain = text
  for (let round = 0; round < 16; round += 1) {
    const next = decodeOnce(plain)
    if (next === plain) return plain
    plain = next
  }
  // Nobody encodes a path sixteen times in good faith.
  return '..'
}

function decodeOnce(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function partsOf(uri: string): { scheme: string; host: string; path: string[] } {
  const scheme = schemeOf(uri)
  const host = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/]*)/.exec(uri)?.[1]?.toLowerCase() ?? ''
  const path = pathOf(uri).split('/').filter(Boolean)
  return { scheme: scheme === '' ? 'file' : scheme, host, path: path.map(decodeWhole) }
}

/** The path of an address, without query and fragment. */
function pathOf(uri: string): string {
  return uri
    .replace(/^[A-Za-z][A-Za-z0-9+.-]*:/, '')
    .replace(/^\/\/[^/]*/, '')
    .replace(/[?#].*$/s, '')
}
