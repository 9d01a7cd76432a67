/** The names of a new domain in the forms that code needs: of `label-requests` and its noun `label-request`. */
interface Names {
  readonly domain: string
  readonly noun: string
  /** `LabelRequest`, `labelRequest`, `label request`. */
  readonly Noun: string
  readonly noun_: string
  readonly words: string
  readonly table: string
}

/**
 * The files of a new domain under their paths inside it: one noun that can be created and listed, from contract to
 * test, to be renamed and grown. `name` is in kebab case.
 */
export function domainTemplate(name: string): Readonly<Record<string, string>> {
  const names = namesOf(name)
  return {
    'README.md': readme(names),
    'package.json': manifest(names),
    'contract.ts': contract(names),
    'domain.ts': domain(names),
    [`model/${names.noun}.ts`]: model(names),
    [`store/tables.ts`]: storeTables(names),
    [`store/${names.domain}.ts`]: store(names),
    [`store/migrations/0001-create-${names.noun}.ts`]: migration(names),
    [`actions/create-${names.noun}.ts`]: action(names),
    [`actions/list-${names.domain}.ts`]: query(names),
    [`actions/create-${names.noun}.test.ts`]: test(names),
  }
}

function namesOf(domain: string): Names {
  const noun = domain.replace(/s$/, '')
  const Noun = noun
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  const noun_ = Noun.charAt(0).toLowerCase() + Noun.slice(1)
  const snake = (text: string) => text.replaceAll('-', '_')
  return { domain, noun, Noun, noun_, words: noun.replaceAll('-', ' '), table: `${snake(domain)}_${snake(noun)}` }
}

const readme = ({ domain, words, table }: Names) => `# ${domain}

One sentence: the question this domain answers.

## Owns

- ${words}: what it is.

## Invariants

- A ${words}'s name is unique in its workspace.

## Doors

- \`@millrace/${domain}\`: the manifest, for \`apps/server\`.
- \`@millrace/${domain}/contract\`: entities, endpoints, events, problems.

## Publishes / Listens

- Publishes \`${domain}.${words.replaceAll(' ', '-')}.created\`.
- Listens to nothing.

## Tables

- \`${table}\`
`

const manifest = ({ domain }: Names) =>
  `${JSON.stringify(
    {
      name: `@millrace/${domain}`,
      version: '0.1.0',
      private: true,
      license: 'Apache-2.0',
      type: 'module',
      exports: { '.': './domain.ts', './contract': './contract.ts' },
      dependencies: {
        '@millrace/contract': 'workspace:*',
        '@millrace/kernel': 'workspace:*',
        kysely: '0.29.9',
        zod: '4.6.7',
      },
    },
    null,
    2,
  )}\n`

const contract = ({
  domain,
  noun,
  Noun,
  noun_,
  words,
}: Names) => `import { endpoint, EpochMs, event, id, Name, page, PageQuery, problems } from '@millrace/contract'
import { z } from 'zod'

/** What a ${words} is, in one sentence. */
export const ${Noun} = z.object({ id: id('${noun}'), name: Name, createdAtMs: EpochMs })
export type ${Noun} = z.input<typeof ${Noun}>

/** Every way this domain says no. */
export const problem = problems('${domain}', {
  exists: { status: 409, say: (p: { name: string }) => \`There is a ${words} "\${p.name}" already. Choose another name.\` },
})

export const create${Noun} = endpoint({
  name: '${domain}.create-${noun}',
  method: 'POST',
  path: '/${domain}',
  summary: 'Creates a ${words}',
  needs: { permission: '${domain}:write' },
  input: z.object({ name: Name }),
  output: ${Noun},
  problems: [problem.exists],
  status: 201,
})

export const list${Noun}s = endpoint({
  name: '${domain}.list',
  method: 'GET',
  path: '/${domain}',
  summary: 'Lists the ${words}s of a workspace by name',
  needs: { permission: '${domain}:read' },
  input: PageQuery,
  output: page(${Noun}),
})

export const ${noun_}Created = event('${domain}.${noun}.created', z.object({ id: z.string(), name: z.string() }))
`

const domain = ({ domain, noun, Noun, words }: Names) => `import type { Domain } from '@millrace/kernel'
import { create${Noun} } from './actions/create-${noun}.ts'
import { list${Noun}s } from './actions/list-${domain}.ts'
import * as create${Noun}Table from './store/migrations/0001-create-${noun}.ts'

/** What this domain is for, in one sentence about ${words}s. */
export function create${Noun}s(): Domain {
  return {
    name: '${domain}',
    migrations: { '0001-create-${noun}': create${Noun}Table },
    operations: [create${Noun}, list${Noun}s],
  }
}
`

const model = ({ noun_, Noun, words }: Names) => `import type { ${Noun} } from '../contract.ts'
import { problem } from '../contract.ts'

/** A new ${words} of this name. Throws \`exists\` where \`taken\` has the name already. */
export function ${noun_}Named(name: string, taken: ${Noun} | undefined, id: string, nowMs: number): ${Noun} {
  if (taken) throw problem.exists({ name })
  return { id, name, createdAtMs: nowMs }
}
`

const storeTables = ({ Noun, table }: Names) => `export interface ${Noun}Tables {
  ${table}: { workspace: string; id: string; name: string; created_at_ms: number }
}
`

const store = ({ domain, Noun, words, table }: Names) => `import { operations } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import type { ${Noun} } from '../contract.ts'
import type { ${Noun}Tables } from './tables.ts'

/** The rows of \`${domain}\`, of one workspace. */
export const { action, query } = operations((db, workspace) => {
  const rows = tables<${Noun}Tables>(db)
  const inWorkspace = () => rows.selectFrom('${table}').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string) => {
      const row = await inWorkspace().where('name', '=', name).executeTakeFirst()
      return row && fromRow(row)
    },
    /** By name, after the one given. */
    list: async (limit: number, after = '') => {
      const found = await inWorkspace().where('name', '>', after).orderBy('name').limit(limit).execute()
      return found.map(fromRow)
    },
    /** Adds a ${words}. */
    add: (added: ${Noun}) =>
      rows
        .insertInto('${table}')
        .values({ workspace, id: added.id, name: added.name, created_at_ms: added.createdAtMs })
        .execute(),
  }
})

function fromRow(row: ${Noun}Tables['${table}']): ${Noun} {
  return { id: row.id, name: row.name, createdAtMs: row.created_at_ms }
}
`

const migration = ({ words, table }: Names) => `import type { Kysely } from 'kysely'

/** Brings the table of ${words}s. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('${table}')
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('${table}_name', ['workspace', 'name'])
    .execute()
}
`

const action = ({ domain, noun, Noun, noun_, words }: Names) => `import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { ${noun_}Named } from '../model/${noun}.ts'
import { action } from '../store/${domain}.ts'

/** Creates a ${words}. Throws \`exists\`. */
export const create${Noun} = action(contract.create${Noun}, async ({ store, input, nowMs, newId }) => {
  const created = ${noun_}Named(input.name, await store.find(input.name), newId('${noun}'), nowMs)
  await store.add(created)
  return {
    answer: created,
    events: [contract.${noun_}Created({ id: created.id, name: created.name })],
    audit: { object: ref('${noun}', created.id), after: created },
  }
})
`

const query = ({ domain, Noun, words }: Names) => `import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/${domain}.ts'

/** Lists ${words}s by name. */
export const list${Noun}s = query(contract.list${Noun}s, async ({ store, input }) => {
  const [after] = decodePageToken(input.pageToken ?? '') ?? []
  const found = await store.list(input.limit + 1, after === undefined ? undefined : String(after))
  return pageOf(
    found,
    input.limit,
    (last) => [last.name],
    (one) => one,
  )
})
`

const test = ({
  domain,
  noun,
  Noun,
  words,
}: Names) => `import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { create${Noun}s } from '../domain.ts'
import { create${Noun} } from './create-${noun}.ts'
import { list${Noun}s } from './list-${domain}.ts'

onEachStore((openStore) => {
  const start = async () => testKernel({ database: await openStore(), domains: () => [create${Noun}s()] })

  describe('creating a ${words}', () => {
    it('keeps it, says so in an event and in the audit trail', async () => {
      const { act, ask, events, auditTrail } = await start()
      const created = await act(create${Noun}, { name: 'first' })
      expect(await ask(list${Noun}s, {})).toEqual({ items: [created] })
      expect(await events()).toMatchObject([{ name: '${domain}.${noun}.created' }])
      expect(auditTrail).toMatchObject([{ action: '${domain}.create-${noun}', object: { id: created.id } }])
    })

    it('refuses a name that is taken', async () => {
      const { act } = await start()
      await act(create${Noun}, { name: 'first' })
      await expect(act(create${Noun}, { name: 'first' })).rejects.toThrow('There is a ${words} "first" already.')
    })
  })

  describe('listing ${words}s', () => {
    it('goes on where the last page ended', async () => {
      const { act, ask } = await start()
      for (const name of ['c', 'a', 'b']) await act(create${Noun}, { name })
      const first = await ask(list${Noun}s, { limit: 2 })
      expect(first.items.map((one) => one.name)).toEqual(['a', 'b'])
      const { items } = await ask(list${Noun}s, { limit: 2, pageToken: first.nextPageToken })
      expect(items.map((one) => one.name)).toEqual(['c'])
    })
  })
})
`
