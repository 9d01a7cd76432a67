import { describe, expect, it } from 'vitest'
import { readAppConfig } from './app-config.ts'
import { href } from './href.ts'

describe('what the server tells the page', () => {
  it('is the root and the default workspace when it says nothing', () => {
    expect(readAppConfig(null)).toEqual({ basePath: '', workspace: 'default' })
    expect(readAppConfig('')).toEqual({ basePath: '', workspace: 'default' })
  })
  it('drops the slash at the end of a base path', () => {
    expect(readAppConfig('{"basePath":"/ml/","workspace":"ops"}')).toEqual({ basePath: '/ml', workspace: 'ops' })
    expect(readAppConfig('{"basePath":"/"}').basePath).toBe('')
  })
})

describe('addresses', () => {
  it('keep names with slashes in one segment', () => {
    expect(href('experiments', 'team/flight delay', 'runs', 'a1')).toBe('/experiments/team%2Fflight%20delay/runs/a1')
  })
})
