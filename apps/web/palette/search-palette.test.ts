import { describe, expect, it } from 'vitest'
import { quoted, runQueryOf } from './search-palette.ts'

describe('what the palette asks for', () => {
  it.each([
    ['calm', "name contains 'calm'"],
    ['#team', 'tags.`team` exists'],
    ['#team = blue', "tags.`team` = 'blue'"],
    ['@maya', "user contains 'maya'"],
    ['#', null],
    ['@', null],
    ['>dark', null],
    [':7d', null],
    ['a', null],
  ])('%s becomes %s', (typed, query) => expect(runQueryOf(typed)).toBe(query))
  it('keeps quotes inside a value', () => expect(quoted("it's")).toBe(String.raw`'it\'s'`))
})
