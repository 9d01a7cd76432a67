import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Problem } from '@millrace/contract'
import type { QueryConfig } from 'pg'
import { isPublicAddress } from '@millrace/kernel/outgoing'
import { problem } from '../../contract.ts'
import { refusePrivateHost } from './guarded-lookup.ts'
import type { Source, SourceRules } from './source.ts'

const rowsAtOnce = 2000
const statementTimeoutMs = 600_000

/**
 * The rows of one SELECT on PostgreSQL as a CSV file: a header, every value as the database writes it, texts quoted,
 * NULL empty. Read in one read-only transaction by a cursor. Give it an ORDER BY, or its digest may change by chance.
 */
export function querySource(url: URL, query: string, rules: SourceRules): Source {
  return {
    single: { path: 'query.csv', key: query },
    probe: undefined,
    read: () => rowsOf(url, query, rules),
  }
}

async function* rowsOf(url: URL, query: string, rules: SourceRules): AsyncGenerator<Uint8Array> {
  const client = await connect(url, rules)
  try {
    await client.query(`set statement_timeout = ${statementTimeoutMs}`)
    await client.query('begin isolation level repeatable read read only')
    // The extended protocol takes one statement, so that nothing can follow the SELECT.
    const declare: QueryConfig & { queryMode: 'extended' } = {
      text: `declare rows no scroll cursor for ${query}`,
      queryMode: 'extended',
    }
    await client.query(declare)
    let header = true
    for (;;) {
      const { fields, rows } = await client.query<string[]>({
        text: `fetch ${rowsAtOnce} from rows`,
        rowMode: 'array',
        types: { getTypeParser: () => asText },
      })
      const lines = rows.map((row) => row.map((value) => cell(value)).join(','))
      if (header) lines.unshift(fields.map(({ name }) => cell(name)).join(','))
      header = false
      if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`)
      if (rows.length < rowsAtOnce) return
    }
  } catch (error) {
    throw error instanceof Problem ? error : unreadable(url, error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

// pg's type of a parser gives anything; texts are what we ask for.
const asText = (value: string) => value

function cell(value: string | null): string {
  if (value === null) return ''
  return /^[\w.:+-]+( [\w.:+-]+)?$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`
}

async function connect(url: URL, rules: SourceRules) {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  refusePrivateHost(shown(url), host, rules)
  const address = await addressOf(url, host, rules)
  const { default: pg } = await import('pg')
  const wantsTls = !['disable', null].includes(url.searchParams.get('sslmode'))
  const client = new pg.Client({
    // The very address that was judged.
    host: address,
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    // Never the server's own: without a password in the address there is none.
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    connectionTimeoutMillis: 10_000,
    ...(wantsTls ? { ssl: { servername: host } } : {}),
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    throw unreadable(url, error)
  }
}

async function addressOf(url: URL, host: string, rules: SourceRules): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    const found = await lookup(host, { all: true })
    const inner = found.find(({ address }) => !isPublicAddress(address))
    if (inner !== undefined && !rules.privateAddresses) refusePrivateHost(shown(url), inner.address, rules)
    return found[0]?.address ?? host
  } catch (error) {
    throw error instanceof Problem ? error : unreadable(url, error)
  }
}

function unreadable(url: URL, error: unknown): Error {
  const reason =
    error instanceof AggregateError ? String(error.errors[0]) : error instanceof Error ? error.message : String(error)
  return problem['source-unreachable']({ url: shown(url), reason: reason.slice(0, 500) }, error)
}

/** An address without its password. */
function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}
