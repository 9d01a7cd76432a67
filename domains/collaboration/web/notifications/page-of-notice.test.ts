import { expect, it } from 'vitest'
import { pageOfNotice } from './page-of-notice.ts'

it.each([
  ['mention', { kind: 'run', id: 'abc' }, '/r/abc?talk=1'],
  ['mention', { kind: 'model-version', id: 'late@3' }, '/models/late?version=3&talk=1'],
  ['incident', { kind: 'incident', id: 'inc_1' }, '/incidents/inc_1'],
  ['rollback', { kind: 'endpoint', id: 'a/b' }, '/endpoints/a%2Fb'],
])('a %s about %o leads to %s', (kind, about, to) => expect(pageOfNotice({ kind, about })).toBe(to))
