import { describe, expect, it } from 'vitest'
import { readGroupRoles } from './group-roles.ts'
import { safeReturn } from './safe-return.ts'

describe('where a browser goes after signing in', () => {
  it.each([
    [undefined, '/base/'],
    ['/w/default/runs?q=a#x', '/w/default/runs?q=a#x'],
    ['https://evil.example/', '/base/'],
    ['//evil.example', '/base/'],
    ['/\\evil.example', '/base/'],
    ['javascript:alert(1)', '/base/'],
    ['/%0d%0aset-cookie:x', '/%0d%0aset-cookie:x'],
    ['/\n/evil.example', '/base/'],
  ])('from %j is %j', (wanted, path) => {
    expect(safeReturn(wanted, '/base')).toBe(path)
  })
})

describe('roles by a provider’s groups', () => {
  it('are those of all groups, and of everybody', () => {
    const rules = readGroupRoles(['*=viewer', 'ml=admins=admin', 'ml=editor', 'nonsense', '=x'])
    expect(rules.managed).toEqual(['admin', 'editor', 'viewer'])
    expect(rules.rolesOf([])).toEqual(['viewer'])
    expect(rules.rolesOf(['ml', 'ml=admins', 'else'])).toEqual(['admin', 'editor', 'viewer'])
  })
})
