import { describe, expect, it } from 'vitest'
import { liesBelow, placeOfRoot, readOwnedPath } from './artifact-place.ts'

describe('a place of artifacts', () => {
  it.each([
    ['mlflow-artifacts:/1/abc/artifacts', { kind: 'own', prefix: 'experiments/1/abc/artifacts' }],
    ['mlflow-artifacts://host:5000/1/abc', { kind: 'own', prefix: 'experiments/1/abc' }],
    ['mlflow-artifacts:1', { kind: 'own', prefix: 'experiments/1' }],
    ['http://h/api/2.0/mlflow-artifacts/artifacts/1/a', { kind: 'own', prefix: 'experiments/1/a' }],
    ['http://h/elsewhere/1/a', { kind: 'elsewhere', location: 'http://h/elsewhere/1/a' }],
    ['s3://bucket/1', { kind: 'elsewhere', location: 's3://bucket/1' }],
  ])('%s', (root, place) => {
    expect(placeOfRoot(root)).toEqual(place)
  })
  it.each([
    ['1/abc/artifacts/m/x', { owner: 'run', id: 'abc', prefix: 'experiments/1/abc/artifacts', path: 'm/x' }],
    [
      '1/models/m-1/artifacts',
      { owner: 'logged-model', id: 'm-1', prefix: 'experiments/1/models/m-1/artifacts', path: '' },
    ],
    [
      'a/b/abc/artifacts/artifacts/x',
      { owner: 'run', id: 'abc', prefix: 'experiments/a/b/abc/artifacts', path: 'artifacts/x' },
    ],
    ['1/traces/tr-1/artifacts/traces.json', undefined],
    ['artifacts/x', undefined],
    ['x', undefined],
  ])('%s below the proxy', (path, owned) => {
    expect(readOwnedPath(path)).toEqual(owned)
  })
  it.each([
    ['file:///data/runs/1/x', 'file:///data/runs', true],
    ['/data/runs/1', 'file:///data/runs', true],
    ['file:///data/runs/../secrets', 'file:///data/runs', false],
    ['file:///data/runs-2/x', 'file:///data/runs', false],
    ['s3://bucket/a/b', 's3://bucket/a?endpoint=http://x', true],
    ['s3://bucket-2/a', 's3://bucket', false],
    ['s3://bucket/a', '/bucket', false],
  ])('%s lies below %s: %s', (location, root, below) => {
    expect(liesBelow(location, root)).toBe(below)
  })
})
