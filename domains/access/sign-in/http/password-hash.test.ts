import { describe, expect, it } from 'vitest'
import { hashPassword, isPasswordOf } from './password-hash.ts'

describe('passwords', () => {
  it('are kept with a salt of their own, and only the same one matches', async () => {
    const [one, other] = await Promise.all([hashPassword('päss word 12'), hashPassword('päss word 12')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await isPasswordOf('päss word 12', one)).toBe(true)
    // The same characters, composed otherwise.
    expect(await isPasswordOf('päss word 12', one)).toBe(true)
    expect(await isPasswordOf('pass word 12', one)).toBe(false)
  })
  it.each(['', 'plain', '$argon2i$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ$aGFzaA', '$2b$12$abcdefghijklmnopqrstuv'])(
    'match nothing that is no hash of ours: %j',
    async (hash) => {
      expect(await isPasswordOf('x', hash)).toBe(false)
    },
  )
})
