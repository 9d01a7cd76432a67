import { describe, expect, it } from 'vitest'
import { builtInRoles, covers } from './permissions.ts'

const verbs = ['read', 'write', 'predict', 'approve', 'administer'] as const
const allowed: Record<string, readonly (typeof verbs)[number][]> = {
  viewer: ['read'],
  caller: ['read', 'predict'],
  editor: ['read', 'write', 'predict'],
  approver: ['read', 'approve', 'predict'],
  admin: verbs,
}

describe('built-in roles', () => {
  const table = Object.keys(builtInRoles).flatMap((role) => verbs.map((verb) => [role, verb] as const))
  it.each(table)('%s and %s', (role, verb) => {
    expect(covers(builtInRoles[role] ?? [], `datasets:${verb}`)).toBe(allowed[role]?.includes(verb))
  })
})

describe('permission patterns', () => {
  it.each([
    ['datasets:write', 'datasets:write', true],
    ['datasets:write', 'datasets:read', false],
    ['datasets:*', 'datasets:administer', true],
    ['datasets:*', 'model-registry:read', false],
    ['*:read', 'datasets:read', true],
    ['read', 'datasets:read', true],
    ['*', 'anything:approve', true],
    ['read', '*', false],
    ['datasets:*', 'datasets:*', true],
    ['datasets:read', 'read', false],
  ])('%s reaches %s: %s', (pattern, wanted, reaches) => {
    expect(covers([pattern], wanted)).toBe(reaches)
  })
})
