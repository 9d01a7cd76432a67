import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { lockPath } from './migrations-lock.ts'
import order from './domain-order.json' with { type: 'json' }

export type Files = Readonly<Record<string, string>>

const readme = '# A domain\n## Owns\n## Invariants\n## Doors\n## Publishes / Listens\n## Tables\n'

/** A miniature workspace that keeps every rule: two base packages, two domains, a dialect, an adapter, three apps. */
export const goodFiles: Files = {
  [lockPath]: '{}',
  'package.json': manifest('millrace-workspace'),
  ...aPackage('base/contract', { '.': './contract.ts' }),
  'base/contract/contract.ts': 'export const idOf = (text: string) => text\n',
  ...aPackage('base/kernel', { '.': './kernel.ts' }, ['@millrace/contract', 'kysely']),
  'base/kernel/kernel.ts': `import { idOf } from '@millrace/contract'\nexport const start = () => idOf('a')\n`,
  ...aDomain('datasets'),
  ...aDomain('monitoring', ['@millrace/datasets']),
  'domains/monitoring/model/window.ts': `import type { Id } from '../contract.ts'\nexport const close = (id: Id) => id\n`,
  'domains/monitoring/actions/close-window.ts': `import { action } from '@millrace/kernel'
import { datasets } from '@millrace/datasets'
import { close } from '../model/window.ts'
export const closeWindow = action({}, async (context) => {
  const { store, call } = context
  const { windows } = store
  await windows.save(close('a'))
  await Promise.all([call(datasets, {})])
  await saveAll(context)
  return saveAll(store)
})
async function saveAll(store: { save(): Promise<void> }) {
  await store.save()
}
`,
  'domains/monitoring/store/windows.ts': `import { sql } from 'kysely'
export const windows = (db: any) =>
  db.with('newest', (q: any) => q.selectFrom('monitoring_window as w')).selectFrom('newest').innerJoin('monitoring_alert', 'a', 'b')
export const raw = sql\`select 1 from monitoring_window join json_each(?)\`
`,
  ...dialect('mlflow'),
  ...aPackage('adapters/postgres', { '.': './postgres.ts' }, ['@millrace/kernel', 'pg']),
  'adapters/postgres/postgres.ts': `import 'pg'\nimport { start } from '@millrace/kernel'\nexport const connect = start\n`,
  ...aPackage('apps/server', { '.': './server.ts' }, ['@millrace/postgres', '@millrace/datasets']),
  'apps/server/server.ts': `import '@millrace/postgres'\nimport '@millrace/datasets'\nexport const serve = 1\n`,
  ...aPackage('apps/cli', { '.': './cli.ts' }, ['@millrace/server']),
  'apps/cli/cli.ts': `import '@millrace/server'\nexport const main = 1\n`,
  ...aPackage('examples/flights', {}, ['@millrace/datasets']),
  'examples/flights/demo.ts': `import '@millrace/datasets/contract'\n`,
}

/** Writes files into a new temporary folder and returns its path. */
export function aTree(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'millrace-tree-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

/** A package's manifest under its folder's name. */
export function aPackage(path: string, exports: Files, dependencies: readonly string[] = []): Files {
  return { [`${path}/package.json`]: manifest(`@millrace/${path.split('/').at(-1)}`, exports, dependencies) }
}

/** A domain with the names that all share; all earlier doors of base are declared. */
export function aDomain(name: (typeof order)[number], dependencies: readonly string[] = []): Files {
  const path = `domains/${name}`
  const all = ['@millrace/contract', '@millrace/kernel', 'kysely', 'zod', ...dependencies]
  return {
    ...aPackage(path, { '.': './domain.ts', './contract': './contract.ts' }, all),
    [`${path}/README.md`]: readme,
    [`${path}/contract.ts`]: `import { z } from 'zod'\nexport const Id = z.string()\nexport type Id = string\n`,
    [`${path}/domain.ts`]: `import './contract.ts'\nexport const domain = 1\n`,
    [`${path}/store/migrations/0001-create.ts`]: migration(name.replaceAll('-', '_') + '_thing'),
  }
}

/** A numbered migration that creates one table. */
export function migration(table: string): string {
  return `import type { Kysely } from 'kysely'
export const up = (db: Kysely<unknown>) => db.schema.createTable('${table}').execute()
`
}

/** A dialect that translates one domain. */
export function dialect(name: string): Files {
  const path = `dialects/${name}`
  return {
    ...aPackage(path, { '.': `./${name}.ts` }, [
      '@millrace/datasets',
      '@millrace/kernel',
      '@millrace/mlflow',
      'kysely',
    ]),
    [`${path}/${name}.ts`]: `import '@millrace/datasets'\nexport const routes = []\n`,
  }
}

function manifest(name: string, exports: Files = {}, dependencies: readonly string[] = []): string {
  return JSON.stringify({ name, exports, dependencies: Object.fromEntries(dependencies.map((found) => [found, '*'])) })
}
