/** `ml-admins=admin` → which roles a provider's groups give; `*` stands for everybody. */
export interface GroupRoles {
  /** The roles of somebody in these groups, in the order of their names. */
  rolesOf(groups: readonly string[]): string[]
  /** All roles that are spoken of: the provider decides about these, and about no others. */
  readonly managed: readonly string[]
}

/** Reads `group=role` pairs; the group may hold `=`, a role may not. */
export function readGroupRoles(pairs: readonly string[]): GroupRoles {
  const rules = pairs.flatMap((pair) => {
    const at = pair.lastIndexOf('=')
    return at <= 0 ? [] : [{ group: pair.slice(0, at).trim(), role: pair.slice(at + 1).trim() }]
  })
  const rolesFor = (applies: (group: string) => boolean) =>
    [...new Set(rules.filter(({ group }) => applies(group)).map(({ role }) => role))].toSorted()
  return {
    rolesOf: (groups) => rolesFor((group) => group === '*' || groups.includes(group)),
    managed: rolesFor(() => true),
  }
}
