/** The roles every workspace has, by what they allow. */
export const builtInRoles: Readonly<Record<string, readonly string[]>> = {
  viewer: ['read'],
  caller: ['read', 'predict'],
  editor: ['read', 'write', 'predict'],
  approver: ['read', 'approve', 'predict'],
  admin: ['*'],
}

interface Parts {
  readonly domain: string
  readonly verb: string
}

/** `read` → every domain's `read`; `*` → everything; `datasets:*` → every verb of datasets. */
function partsOf(pattern: string): Parts {
  if (pattern === '*') return { domain: '*', verb: '*' }
  const colon = pattern.indexOf(':')
  if (colon < 0) return { domain: '*', verb: pattern }
  return { domain: pattern.slice(0, colon), verb: pattern.slice(colon + 1) }
}

/** True when one of `patterns` reaches all of `wanted`, which is a permission or itself a pattern. */
export function covers(patterns: readonly string[], wanted: string): boolean {
  const { domain, verb } = partsOf(wanted)
  return patterns.some((pattern) => {
    const held = partsOf(pattern)
    return (held.domain === '*' || held.domain === domain) && (held.verb === '*' || held.verb === verb)
  })
}

/** The built-in roles that allow a permission, for the sentence of a refusal. */
export function rolesThatAllow(permission: string): string[] {
  return Object.entries(builtInRoles)
    .filter(([, patterns]) => covers(patterns, permission))
    .map(([name]) => name)
}
