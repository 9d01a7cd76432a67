import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startPlaneProcess } from '../../testing/plane-process.ts'
import { callerOf } from './admission.ts'

const socket = { remoteAddress: '127.0.0.1' } as Parameters<typeof callerOf>[0]['socket'] // all of it that is read
const credentialOf = (authorization?: string) =>
  callerOf({ socket, headers: authorization === undefined ? {} : { authorization } }).headers['authorization']
const signed = (key: string) =>
  `AWS4-HMAC-SHA256 Credential=${key}/20260101/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=00`

describe('the credential of a request that an AWS SDK signed', () => {
  it('is the access key id where that is a token of ours', () => {
    expect(credentialOf(signed('mlr_abc123'))).toBe('Bearer mlr_abc123')
  })
  it.each([
    ['no credential at all', undefined],
    ['another key', signed('AKIAIOSFODNN7EXAMPLE')],
    ['a key that only has ours within it', signed('AKIA-mlr_abc123')],
    ['an empty key', 'AWS4-HMAC-SHA256 Credential=/20260101/eu-west-1/sagemaker/aws4_request'],
    ['no key', 'AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00'],
    ['a key without its scope', 'AWS4-HMAC-SHA256 Credential=mlr_abc123'],
    ['the scheme alone', 'AWS4-HMAC-SHA256'],
  ])('is none with %s', (_what, authorization) => {
    expect(credentialOf(authorization)).toBeUndefined()
  })
  it('leaves every other credential as it is', () => {
    expect(credentialOf('Bearer mlr_abc123')).toBe('Bearer mlr_abc123')
  })
})

describe('a caller who is refused', () => {
  it('before the body has come gets the refusal, and the process goes on', { timeout: 20_000 }, async () => {
    const entry = fileURLToPath(new URL('../../testing/scripted-plane.ts', import.meta.url))
    const admit = ({ authorization }: Readonly<Record<string, string>>) =>
      authorization === 'Bearer good' ? { caller: 'one' } : { refusal: { status: 401, sentence: 'Not you.' } }
    const plane = await startPlaneProcess({ entry, spoolFolder: await temporaryFolder(), admit })
    onTestFinished(() => plane.stop())
    const source = { format: 'module', path: 'add:1', trusted: true } as const
    const logging = { enabled: false, sampleRate: 0, redact: [] }
    const only = { id: 'd', versionId: 'v', version: 1, source, role: 'champion', weight: 100, rollout: null } as const
    await plane.apply([{ workspace: 'default', id: 'end_1', name: 'e', logging, deployments: [only] }])

    const caller = connect(Number(new URL(plane.url).port), '127.0.0.1')
    caller.write(
      'POST /scripted/x/e HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bad\r\nContent-Length: 5\r\n\r\n',
    )
    const [said] = (await once(caller, 'data')) as [Buffer] // a socket without an encoding
    expect(said.toString()).toContain('401')
    caller.destroy()

    const headers = { authorization: 'Bearer good' }
    const answer = await fetch(`${plane.url}/scripted/x/e`, { method: 'POST', body: '2', headers })
    expect([answer.status, await answer.json()]).toMatchObject([200, { y: 3 }])
  })
})
