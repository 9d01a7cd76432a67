import { expect, it } from 'vitest'
import { subjectOfPath } from './subject-of-path.ts'

it.each([
  ['/experiments/team%2Flate/runs/abc', '', { kind: 'run', id: 'abc' }],
  ['/models/late', '?version=3', { kind: 'model-version', id: 'late@3' }],
  ['/models/late', '', { kind: 'model', id: 'late' }],
  ['/incidents/inc_1', '', { kind: 'incident', id: 'inc_1' }],
  ['/experiments', '', null],
  ['/', '', null],
])('the page %s%s is about %o', (path, search, subject) => expect(subjectOfPath(path, search)).toEqual(subject))
