import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { clients, clientSnippet } from './client-snippet.ts'

const called = {
  name: 'late',
  base: 'http://127.0.0.1:7400/w/default',
  address: 'http://127.0.0.1:7400/api/millrace/v1/w/default/endpoints/late/predict',
  example: { delay: 1, carrier: `A'; echo "$(hacked)"` },
}

describe('a snippet', () => {
  it('names the endpoint for every client', () => {
    for (const [client] of clients) expect(clientSnippet(client, called)).toContain('late')
  })
  it('stays one word in a shell, whatever a row holds', () => {
    const body = clientSnippet('curl', called).split('-d ')[1] ?? ''
    const said = execFileSync('sh', ['-c', `printf %s ${body}`]).toString()
    expect(JSON.parse(said)).toEqual({ rows: [called.example] })
  })
})
