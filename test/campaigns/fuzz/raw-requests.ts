import type { Random } from './nasty-values.ts'
import { pick } from './nasty-values.ts'

const json = 'Content-Type: application/json\r\n'
const runs = '/api/millrace/v1/w/default/runs'
const get = (head: string) => `GET /health HTTP/1.1\r\nHost: HOST\r\n${head}\r\n`
const post = (head: string, body: string) => `POST ${runs} HTTP/1.1\r\nHost: HOST\r\n${json}${head}\r\n${body}`

// What no HTTP library sends. `HOST` stands for the server's own.
const requests: readonly [string, ...string[]] = [
  '\r\n\r\n\r\n',
  '\u0000\u0001\u0002\r\n\r\n',
  'GET /health\r\n\r\n',
  'GET /health HTTP/0.9\r\n\r\n',
  'GET /health HTTP/1.0\r\n\r\n',
  'GET /health HTTP/3.0\r\nHost: HOST\r\n\r\n',
  'GET  /health  HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET http://elsewhere.example/health HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET //elsewhere.example/health HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /../../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /assets/../../../../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /\u0000 HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /%zz?%=%&&==&__proto__[x]=1 HTTP/1.1\r\nHost: HOST\r\n\r\n',
  `GET /${'a/'.repeat(6000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`,
  `GET /health?${'a=b&'.repeat(3000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`,
  'OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'TRACE /health HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'PROPFIND / HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'get /health HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  get('Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n'),
  get('Connection: Upgrade\r\nUpgrade: h2c\r\n'),
  get('Host: elsewhere.example\r\n'),
  get('Content-Length: 5\r\nContent-Length: 6\r\n'),
  get('X-A: b\u0000c\r\n'),
  get('X-A: b\nX-Forged: {"level":60}\r\n'),
  get('X-Request-Id: a\u000b\u000c"}\r\n'),
  get(' folded: yes\r\n'),
  get('No-Colon\r\n'),
  get(': empty\r\n'),
  get('Expect: 100-continue\r\n'),
  get('Expect: the-unexpected\r\n'),
  get(`X-Long: ${'a'.repeat(100_000)}\r\n`),
  get('X-Many: a\r\n'.repeat(3000)),
  post('Content-Length: 100000\r\n', '{"experiment":"a"'),
  post('Content-Length: 3\r\n', '{"experiment":"a"}GET /health HTTP/1.1\r\nHost: HOST\r\n\r\n'),
  post('Content-Length: -1\r\n', '{}'),
  post('Content-Length: 1e3\r\n', '{}'),
  post('Content-Length: 99999999999999999999\r\n', '{}'),
  post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
  post('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'),
  post('Transfer-Encoding: chunked\r\n', 'ffffffffffffffff\r\n{}\r\n'),
  post('Transfer-Encoding: chunked\r\n', `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
  post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\nX-Trailer: a\nb\r\n\r\n'),
  post('Transfer-Encoding: gzip, chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
  post('Transfer-Encoding: identity\r\n', '{}'),
]

/** Bytes that are no request, or only nearly one. */
export function rawRequest(host: string, random: Random): Buffer {
  const text = pick(random, requests).replaceAll('HOST', host)
  const bytes = Buffer.from(text, 'latin1')
  return random() < 0.8 ? bytes : bytes.subarray(0, Math.floor(random() * bytes.length))
}
