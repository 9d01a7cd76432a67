import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Problem } from '@millrace/contract'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OutgoingRules } from './outgoing.ts'
import { createOutgoing, isPublicAddress } from './outgoing.ts'

const rules: OutgoingRules = {
  schemes: ['https', 'http'],
  privateAddresses: false,
  timeoutMs: 5000,
  resolve: async (host) => [{ address: host === 'inside.example' ? '10.0.0.7' : '93.184.215.14', family: 4 }],
}

async function receiver(answer: RequestListener): Promise<{ url: string; heard: string[] }> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard } // a TCP server's own form
}

describe('public addresses', () => {
  it.each([
    '8.8.8.8',
    '93.184.215.14',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '172.32.0.1',
    '100.128.0.1',
  ])('%s is one', (address) => expect(isPublicAddress(address)).toBe(true))
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'not an address',
    '',
  ])('%s is none', (address) => expect(isPublicAddress(address)).toBe(false))
  it('agree, for IPv4, with the form mapped into IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address))
      }),
    )
  })
})

describe('an outgoing request', () => {
  it.each([
    ['ftp://example.org/', 'outgoing/scheme-refused'],
    ['file:///etc/passwd', 'outgoing/scheme-refused'],
    ['javascript:alert(1)', 'outgoing/scheme-refused'],
    ['', 'outgoing/bad-address'],
    ['example.org', 'outgoing/bad-address'],
    ['http://ann:secret@example.org/', 'outgoing/bad-address'],
    ['http://example.org/\r\nX: y', 'outgoing/bad-address'],
    ['http://exa mple.org/', 'outgoing/bad-address'],
    ['http://127.0.0.1/', 'outgoing/private-address'],
    ['http://127.1/', 'outgoing/private-address'],
    ['http://2130706433/', 'outgoing/private-address'],
    ['http://0x7f.0.0.1/', 'outgoing/private-address'],
    ['http://0177.0.0.1/', 'outgoing/private-address'],
    ['http://[::1]/', 'outgoing/private-address'],
    ['http://[::ffff:127.0.0.1]/', 'outgoing/private-address'],
    ['http://169.254.169.254/latest/meta-data', 'outgoing/private-address'],
    ['https://inside.example/', 'outgoing/private-address'],
  ])('to %s is refused as %s', async (url, code) => {
    await expect(createOutgoing(rules).send({ url, body: '{}' })).rejects.toMatchObject({ code })
  })
  it('never reaches a private address, whatever the address looks like', async () => {
    const { heard, url } = await receiver((_request, response) => response.end())
    const port = new URL(url).port
    const { resolve: _own, ...system } = rules
    const outgoing = createOutgoing(system)
    const host = fc.oneof(
      fc.constantFrom('127.0.0.1', '127.1', '0', '0.0.0.0', '2130706433', '017700000001', '0x7f000001', 'localhost'),
      fc.constantFrom(
        '[::1]',
        '[::]',
        '[::ffff:7f00:1]',
        '[0:0:0:0:0:0:0:1]',
        'LOCALHOST',
        '①②⑦.0.0.1',
        '127。0。0。1',
      ),
      fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => `127.${parts.join('.')}`),
    )
    const path = fc.webPath()
    await fc.assert(
      fc.asyncProperty(host, path, async (name, rest) => {
        await expect(outgoing.send({ url: `http://${name}:${port}${rest}` })).rejects.toThrow()
      }),
      { numRuns: 60 },
    )
    expect(heard).toEqual([])
  })
  it('reads any text as an address without failing otherwise than by a problem', async () => {
    const outgoing = createOutgoing(rules)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const failure = await outgoing.check(text).then(
          () => undefined,
          (error: unknown) => error,
        )
        expect(failure === undefined || failure instanceof Problem).toBe(true)
      }),
    )
  })
  it('goes to the address that was checked: the name is not asked for twice', async () => {
    const { url, heard } = await receiver((_request, response) => response.end('here'))
    let asked = 0
    const outgoing = createOutgoing({
      ...rules,
      privateAddresses: true,
      resolve: async () => {
        asked += 1
        return [{ address: asked === 1 ? '127.0.0.1' : '203.0.113.1', family: 4 }]
      },
    })
    const answer = await outgoing.send({ url: `http://rebind.example:${new URL(url).port}/x`, body: '{}' })
    expect(answer).toMatchObject({ status: 200, body: 'here' })
    expect([asked, heard]).toEqual([1, ['POST /x']])
  })
  it('refuses a name of which one address is private', async () => {
    const resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ]
    await expect(createOutgoing({ ...rules, resolve }).check('https://both.example')).rejects.toMatchObject({
      code: 'outgoing/private-address',
    })
  })
  it('follows no redirect', async () => {
    const { url, heard } = await receiver((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    )
    expect((await createOutgoing({ ...rules, privateAddresses: true }).send({ url })).status).toBe(302)
    expect(heard).toHaveLength(1)
  })
  it('reads no more than 64 KiB of an endless answer', async () => {
    const { url } = await receiver((_request, response) => {
      response.on('error', () => {})
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    const answer = await createOutgoing({ ...rules, privateAddresses: true }).send({ url })
    expect(answer.body).toHaveLength(64 * 1024)
  })
  it('waits no longer than it may', async () => {
    const { url } = await receiver(() => {})
    const patient = createOutgoing({ ...rules, privateAddresses: true, timeoutMs: 50 })
    await expect(patient.send({ url })).rejects.toMatchObject({ code: 'outgoing/failed' })
  })
  it('says which name has no address, and which machine does not answer', async () => {
    const resolve = async (): Promise<never> => {
      throw new Error('getaddrinfo ENOTFOUND nowhere.example')
    }
    await expect(createOutgoing({ ...rules, resolve }).check('https://nowhere.example')).rejects.toThrow(
      'The name "nowhere.example" cannot be resolved',
    )
    const { url } = await receiver((request) => request.destroy())
    await expect(createOutgoing({ ...rules, privateAddresses: true }).send({ url })).rejects.toMatchObject({
      status: 502,
    })
  })
})
