import { expect, it } from 'vitest'
import { EdgeType } from '../contract.ts'
import { upstreamEnd } from './edge-direction.ts'

it('knows the direction of every type of edge', () => {
  expect(Object.keys(upstreamEnd).toSorted()).toEqual(EdgeType.options.toSorted())
})
