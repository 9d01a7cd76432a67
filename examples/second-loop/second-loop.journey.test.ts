import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { secondLoop } from './second-loop.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-second-loop-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const expected: readonly (readonly [string, RegExp])[] = [
  ['version 1 live', /^Log loss 0\.\d+ over 2000 hours\.$/],
  ['alert fired', /over-confident.*the limit is 0\.06/],
  ['approval: approved', /low risk tier/],
  ['version 2 promoted', /log loss 0\.\d+, 95 % interval 0\./],
  ['version 3 refused', /log loss -0\.\d+, 95 % interval -0\.\d+ to -0\./],
  ['audit verified', /The chain is whole/],
  ['lineage agrees', /stations-training@second/],
]

describe('another model, another file, the same kinds of YAML', () => {
  it('close the loop: live, alert, retrained, promoted by evidence, the worse one refused, all of it proved', async () => {
    const decisions = await secondLoop(folder, () => {})
    expect(decisions.map(({ decided }) => decided)).toEqual(expected.map(([decided]) => decided))
    for (const [index, [, because]] of expected.entries()) expect(decisions[index]?.because).toMatch(because)
  }, 180_000)
})
