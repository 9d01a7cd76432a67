import { ref } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import type { GrantInForce } from './decide.ts'
import { decide } from './decide.ts'

const chain = [ref('run', 'r'), ref('experiment', '1'), ref('workspace', 'default')]
const grant = (kind: string, id: string, effect: 'allow' | 'deny', ...permissions: string[]): GrantInForce => ({
  on: ref(kind, id),
  effect,
  permissions,
})

describe('the nearest grant', () => {
  it.each<[string, GrantInForce[], boolean]>([
    ['nothing is granted', [], false],
    ['the workspace grants it', [grant('workspace', 'default', 'allow', 'write')], true],
    ['the workspace grants another verb', [grant('workspace', 'default', 'allow', 'read')], false],
    ['another entity grants it', [grant('run', 'other', 'allow', 'write')], false],
    [
      'the parent denies what the workspace grants',
      [grant('workspace', 'default', 'allow', '*'), grant('experiment', '1', 'deny', 'write')],
      false,
    ],
    [
      'the entity grants what its parent denies',
      [grant('experiment', '1', 'deny', 'write'), grant('run', 'r', 'allow', 'tracking:write')],
      true,
    ],
    [
      'a deny and an allow stand at the same distance',
      [grant('run', 'r', 'allow', 'write'), grant('run', 'r', 'deny', '*:write')],
      false,
    ],
    ['the entity is one of a kind that is granted', [grant('experiment', '*', 'allow', 'write')], true],
    [
      'its kind is denied where the workspace grants',
      [grant('workspace', 'default', 'allow', '*'), grant('run', '*', 'deny', 'write')],
      false,
    ],
    [
      'a nearer grant speaks of another permission only',
      [grant('workspace', 'default', 'allow', 'write'), grant('run', 'r', 'deny', 'approve')],
      true,
    ],
  ])('decides when %s', (_when, grants, allowed) => {
    expect(decide(chain, grants, 'tracking:write') ?? false).toBe(allowed)
  })
})
