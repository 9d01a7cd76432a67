import { expect, it } from 'vitest'
import type { CodeState, Package } from '../../../contract.ts'
import { nothingRecorded } from '../../../contract.ts'
import { planPython } from './python-environment.ts'

const code: CodeState = {
  repository: null,
  root: '/home/ann/a',
  host: null,
  commit: 'c1',
  branch: null,
  pushed: null,
  patch: null,
  untracked: [],
  untrackedOmitted: 0,
}

async function plan(packages: readonly Package[], complete = true) {
  // Without a version no interpreter is looked for, so that the answer does not depend on the machine.
  const python = { version: null, implementation: null, executable: null, packages: [...packages], complete }
  const provenance = { ...nothingRecorded, code, python, source: 'launcher' as const, seeds: {}, reproducesRunId: null }
  const { findings, packages: wanted } = await planPython(provenance, '/tmp/again/code')
  return { wanted, says: findings.map(({ state, says }) => `${state}: ${says}`) }
}

it('installs what lay in the repository from where it lies now, and names what lay elsewhere', async () => {
  const { wanted, says } = await plan([
    { name: 'own', version: '1', source: 'editable file:///home/ann/a/lib' },
    { name: 'other', version: '1', source: 'file:///home/ann/other-than-this' },
    { name: 'numpy', version: '2.0.0', source: null },
    { name: 'torch', version: '2.5.1+cu124', source: null },
    { name: 'tool', version: '3', source: 'git+https://example.org/tool.git@c0ffee' },
  ])
  expect(wanted.map(({ name, source }) => [name, source])).toEqual([
    ['own', 'editable file:///tmp/again/code/lib'],
    ['numpy', null],
    ['torch', null],
    ['tool', 'git+https://example.org/tool.git@c0ffee'],
  ])
  expect(says).toEqual([
    'missing: The version of Python is not recorded.',
    'ready: 4 packages, all pinned.',
    'missing: Packages that were installed from a place that is not here: other (file:///home/ann/other-than-this).',
    expect.stringMatching(/^note: torch 2\.5\.1\+cu124 came from another index/),
  ])
})
it('says when the list is not whole', async () => {
  const { says } = await plan([{ name: 'numpy', version: '2.0.0', source: null }], false)
  expect(says).toContain('missing: No complete list of packages: 1 are known, which the model asked for.')
})
