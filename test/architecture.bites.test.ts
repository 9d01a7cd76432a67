import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { aDomain, aPackage, aTree, dialect, type Files, goodFiles, migration } from './architecture/a-tree.ts'
import { barrels } from './architecture/barrels.ts'
import { cycles } from './architecture/cycles.ts'
import { declaredImports } from './architecture/declared-imports.ts'
import { domainImports } from './architecture/domain-imports.ts'
import { domainOrder } from './architecture/domain-order.ts'
import { domainShape } from './architecture/domain-shape.ts'
import { folderBudget } from './architecture/folder-budget.ts'
import { layers } from './architecture/layers.ts'
import { lockMigrations, lockPath, migrationsLock, parseLock } from './architecture/migrations-lock.ts'
import { names } from './architecture/names.ts'
import { pureCode } from './architecture/pure-code.ts'
import type { Rule } from './architecture/rule.ts'
import { rules } from './architecture/rules.ts'
import { readTree } from './architecture/source-tree.ts'
import { tableOwnership } from './architecture/table-ownership.ts'
import { testCode } from './architecture/test-code.ts'

const roots: string[] = []
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true })))

/** The good workspace with some files put over it, its migrations locked. */
function workspaceWith(files: Files): string {
  const root = aTree({ ...goodFiles, ...files })
  roots.push(root)
  lockMigrations(root, {})
  return root
}

function violations(rule: Rule, files: Files): string[] {
  return rule.check(readTree(workspaceWith(files))).map(({ at, says }) => `${at} ${says}`)
}

interface Breach {
  readonly rule: Rule
  readonly when: string
  readonly files: Files
  readonly says: string
}

const monitoring = 'domains/monitoring'

const breaches: readonly Breach[] = [
  {
    rule: layers,
    when: 'base imports a domain',
    files: {
      ...aPackage('base/kernel', { '.': './kernel.ts' }, ['@millrace/datasets']),
      'base/kernel/kernel.ts': `import '@millrace/datasets'\n`,
    },
    says: 'base/kernel/kernel.ts:1 imports @millrace/datasets, but base knows nothing above it',
  },
  {
    rule: layers,
    when: 'the contract imports the kernel',
    files: {
      ...aPackage('base/contract', { '.': './contract.ts' }, ['@millrace/kernel']),
      'base/contract/contract.ts': `import type { start } from '@millrace/kernel'\n`,
    },
    says: 'base/contract may use nothing of base',
  },
  {
    rule: layers,
    when: 'a domain imports a dialect, though only for a type',
    files: { [`${monitoring}/model/window.ts`]: `export type Routes = import('@millrace/mlflow').Routes\n` },
    says: `${monitoring}/model/window.ts:1 imports @millrace/mlflow, but a domain knows base and earlier domains`,
  },
  {
    rule: layers,
    when: 'a dialect imports another dialect',
    files: { ...dialect('wandb'), 'dialects/wandb/wandb.ts': `import '@millrace/mlflow'\n` },
    says: 'dialects/wandb/wandb.ts:1 imports @millrace/mlflow, but a dialect translates domains',
  },
  {
    rule: layers,
    when: 'an adapter imports another adapter',
    files: {
      ...aPackage('adapters/ray', { '.': './ray.ts' }, ['@millrace/postgres']),
      'adapters/ray/ray.ts': `await import('@millrace/postgres')\n`,
    },
    says: 'adapters/ray/ray.ts:1 imports @millrace/postgres, but an adapter knows ports',
  },
  {
    rule: layers,
    when: 'the command line chooses an adapter',
    files: { 'apps/cli/cli.ts': `import '@millrace/postgres'\n` },
    says: 'apps/server alone chooses adapters',
  },
  {
    rule: layers,
    when: 'the server imports the command line',
    files: { 'apps/server/server.ts': `import '@millrace/cli'\n` },
    says: 'nothing imports an app',
  },
  {
    rule: layers,
    when: 'an example reaches into the server',
    files: { 'examples/flights/demo.ts': `import '@millrace/datasets'\n` },
    says: 'an example is a user',
  },
  {
    rule: domainOrder,
    when: 'a domain imports a later one',
    files: { 'domains/datasets/domain.ts': `import '@millrace/monitoring/contract'\n` },
    says: 'domains/datasets/domain.ts:1 imports @millrace/monitoring/contract, but monitoring comes after datasets',
  },
  {
    rule: domainOrder,
    when: 'a domain has no place in the order',
    files: aDomain('label-requests'),
    says: 'domains/label-requests is a domain without a place in the order',
  },
  {
    rule: declaredImports,
    when: 'a relative import enters another package',
    files: { [`${monitoring}/model/window.ts`]: `import '../../datasets/contract.ts'\n` },
    says: `${monitoring}/model/window.ts:1 imports ../../datasets/contract.ts, which lies in @millrace/datasets`,
  },
  {
    rule: declaredImports,
    when: 'a relative import leaves the workspace',
    files: { [`${monitoring}/model/window.ts`]: `export * from '../../../../elsewhere.ts'\n` },
    says: 'which lies outside the workspace',
  },
  {
    rule: declaredImports,
    when: 'a package is declared at the root only',
    files: {
      'package.json': JSON.stringify({ name: 'millrace-workspace', devDependencies: { yaml: '*' } }),
      [`${monitoring}/domain.ts`]: `import 'yaml'\n`,
    },
    says: `${monitoring}/domain.ts:1 imports yaml, which ${monitoring}/package.json does not declare`,
  },
  {
    rule: declaredImports,
    when: 'code that ships uses a development dependency',
    files: {
      'base/kernel/package.json': JSON.stringify({ name: '@millrace/kernel', devDependencies: { yaml: '*' } }),
      'base/kernel/kernel.ts': `import { parse } from 'yaml'\nexport const a = parse\n`,
    },
    says: 'which base/kernel/package.json declares for development only',
  },
  {
    rule: declaredImports,
    when: "Node's own module is named without node:",
    files: { 'base/kernel/kernel.ts': `import 'fs'\n` },
    says: 'write node:fs',
  },
  {
    rule: cycles,
    when: 'files import each other in a circle',
    files: {
      'base/kernel/a.ts': `import './b.ts'\n`,
      'base/kernel/b.ts': `import './c.ts'\n`,
      'base/kernel/c.ts': `export * from './a.ts'\n`,
    },
    says: 'a.ts imports itself in a circle: a.ts → b.ts → c.ts → a.ts',
  },
  {
    rule: cycles,
    when: 'a circle runs through a package door',
    files: {
      'base/kernel/a.ts': `import './kernel.ts'\n`,
      'base/kernel/kernel.ts': `import '@millrace/contract'\n`,
      'base/contract/contract.ts': `import '@millrace/kernel'\n`,
    },
    says: 'imports itself in a circle',
  },
  {
    rule: domainShape,
    when: 'a domain has a folder of its own invention',
    files: { [`${monitoring}/services/window-service.ts`]: 'export const a = 1\n' },
    says: `${monitoring}/services has no place in a domain`,
  },
  {
    rule: domainShape,
    when: 'a README lacks a heading',
    files: { [`${monitoring}/README.md`]: '# Monitoring\n## Owns\n## Invariants\n## Doors\n## Tables\n' },
    says: `${monitoring}/README.md has no heading "Publishes / Listens"`,
  },
  {
    rule: domainShape,
    when: 'a door leads elsewhere',
    files: aPackage(monitoring, { '.': './domain.ts', './model': './model/window.ts' }),
    says: 'exports "./model" as ./model/window.ts',
  },
  {
    rule: domainShape,
    when: 'pages have no project of their own',
    files: { [`${monitoring}/web/page.tsx`]: 'export const Page = () => <b>1</b>\n' },
    says: `${monitoring}/web has no tsconfig.json`,
  },
  {
    rule: domainImports,
    when: 'a model reads a file',
    files: {
      [`${monitoring}/model/window.ts`]: `import { readFileSync } from 'node:fs'\nexport const a = readFileSync\n`,
    },
    says: 'imports node:fs, but model may import its own model/ and contract',
  },
  {
    rule: domainImports,
    when: 'a model uses the database',
    files: {
      [`${monitoring}/model/window.ts`]: `import type { Kysely } from 'kysely'\nexport type A = Kysely<unknown>\n`,
    },
    says: 'imports kysely, but model may import',
  },
  {
    rule: domainImports,
    when: 'a model reaches for an action',
    files: { [`${monitoring}/model/window.ts`]: `import '../actions/close-window.ts'\n` },
    says: 'imports ../actions/close-window.ts, but model may import',
  },
  {
    rule: domainImports,
    when: 'an action opens a socket',
    files: { [`${monitoring}/actions/close-window.ts`]: `import 'node:http'\n` },
    says: 'imports node:http, but actions may import',
  },
  {
    rule: domainImports,
    when: 'a store calls an action',
    files: { [`${monitoring}/store/windows.ts`]: `import '../actions/close-window.ts'\n` },
    says: 'but store may import kysely',
  },
  {
    rule: domainImports,
    when: 'a migration imports code that may change',
    files: { [`${monitoring}/store/migrations/0001-create.ts`]: `import '@millrace/kernel'\n` },
    says: 'a migration imports kysely alone',
  },
  {
    rule: domainImports,
    when: 'a contract imports node:',
    files: { [`${monitoring}/contract.ts`]: `import 'node:crypto'\n` },
    says: 'imports node:crypto, but contract.ts may import zod and contracts',
  },
  {
    rule: domainImports,
    when: 'a page imports the server side of a domain',
    files: { [`${monitoring}/web/page.tsx`]: `import '@millrace/datasets'\n` },
    says: 'imports @millrace/datasets, but web may import its contract and client',
  },
  {
    rule: domainImports,
    when: 'the manifest imports a page',
    files: { [`${monitoring}/domain.ts`]: `import './web/page.ts'\n`, [`${monitoring}/web/page.ts`]: '' },
    says: 'server code cannot run pages',
  },
  {
    rule: pureCode,
    when: 'a model looks at the clock',
    files: { [`${monitoring}/model/window.ts`]: 'export const a = () => Date.now()\n' },
    says: `${monitoring}/model/window.ts:1 calls Date.now; take nowMs as a parameter`,
  },
  {
    rule: pureCode,
    when: 'a large domain hides it in a concept folder',
    files: { [`${monitoring}/windows/model/window.ts`]: 'export const a = () => new Date()\n' },
    says: 'calls new Date',
  },
  {
    rule: pureCode,
    when: 'an action fetches',
    files: {
      [`${monitoring}/actions/close-window.ts`]: `export const a = async () => {\n  await fetch('http://x')\n}\n`,
    },
    says: `${monitoring}/actions/close-window.ts:2 calls fetch`,
  },
  {
    rule: pureCode,
    when: 'an action waits for something that is not its store',
    files: {
      [`${monitoring}/actions/close-window.ts`]: `export const closeWindow = (deps: any) => action({}, async ({ store, input }) => {
  await store.save()
  await deps.objects.put(input.key)
})
`,
    },
    says: `${monitoring}/actions/close-window.ts:3 waits for something that is not its store ("await deps.objects.put(input.key)")`,
  },
  {
    rule: testCode,
    when: 'what ships imports a builder',
    files: {
      [`${monitoring}/domain.ts`]: `import './testing/a-window.ts'\n`,
      [`${monitoring}/testing/a-window.ts`]: '',
    },
    says: 'imports ./testing/a-window.ts, which is for tests',
  },
  {
    rule: testCode,
    when: "what ships imports another package's testing door",
    files: { [`${monitoring}/domain.ts`]: `import '@millrace/datasets/testing'\n` },
    says: 'imports @millrace/datasets/testing, which is for tests',
  },
  {
    rule: tableOwnership,
    when: 'a migration creates a table without the prefix',
    files: { [`${monitoring}/store/migrations/0001-create.ts`]: migration('windows') },
    says: "names the table windows; this domain's tables begin with monitoring_",
  },
  {
    rule: tableOwnership,
    when: "raw SQL creates one under another domain's prefix",
    files: {
      [`${monitoring}/store/create.ts`]: `import { sql } from 'kysely'\nexport const a = sql\`CREATE TABLE if not exists "datasets_window" (id text)\`\n`,
    },
    says: 'names the table datasets_window',
  },
  {
    rule: tableOwnership,
    when: "a query joins another domain's table",
    files: {
      [`${monitoring}/store/windows.ts`]: `export const a = (db: any) => db.selectFrom('monitoring_window as w').leftJoin('datasets_thing as t', 't.id', 'w.id')\n`,
    },
    says: 'names the table datasets_thing',
  },
  {
    rule: tableOwnership,
    when: "a foreign key references another domain's table",
    files: {
      [`${monitoring}/store/migrations/0001-create.ts`]: `export const up = (db: any) => db.schema.createTable('monitoring_window').addColumn('v', 'text', (c: any) => c.references('datasets_thing.id')).execute()\n`,
    },
    says: "references datasets_thing, another domain's table",
  },
  {
    rule: tableOwnership,
    when: 'a foreign key constraint does',
    files: {
      [`${monitoring}/store/migrations/0001-create.ts`]: `export const up = (db: any) => db.schema.createTable('monitoring_window').addForeignKeyConstraint('fk', ['v'], 'datasets_thing', ['id']).execute()\n`,
    },
    says: "references datasets_thing, another domain's table",
  },
  {
    rule: tableOwnership,
    when: 'a dialect opens the database',
    files: { 'dialects/mlflow/mlflow.ts': `import 'kysely'\n` },
    says: 'dialects/mlflow/mlflow.ts imports kysely, but a dialect owns no table',
  },
  {
    rule: migrationsLock,
    when: 'a number is left out',
    files: { [`${monitoring}/store/migrations/0003-add.ts`]: migration('monitoring_b') },
    says: '0003-add.ts should be number 0002',
  },
  {
    rule: folderBudget,
    when: 'a folder holds more than twenty files',
    files: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`base/kernel/db/part-${index}.ts`, ''])),
    says: 'base/kernel/db holds 21 files; at most 20',
  },
  {
    rule: names,
    when: 'a file says nothing by its name',
    files: { 'base/kernel/utils.ts': '' },
    says: 'base/kernel/utils.ts is called "utils"',
  },
  {
    rule: names,
    when: 'a folder does',
    files: { 'base/kernel/helpers/join.ts': '' },
    says: 'is called "helpers"',
  },
  {
    rule: names,
    when: 'a file is not in kebab case',
    files: { 'base/kernel/objectStore.ts': '' },
    says: 'is not in kebab case (objectStore.ts)',
  },
  {
    rule: barrels,
    when: 'a file only passes on others',
    files: { 'base/kernel/index.ts': `export * from './kernel.ts'\nexport { start } from './kernel.ts'\n` },
    says: 'base/kernel/index.ts only passes on what other files export',
  },
]

describe('the architecture rules', () => {
  it('find nothing in a workspace that keeps them', () => {
    expect(rules.flatMap((rule) => violations(rule, {}))).toEqual([])
  })

  it.each(breaches)('bite when $when', ({ rule, files, says }) => {
    expect(violations(rule, files).join('\n')).toContain(says)
  })

  it('are each proven by a breach', () => {
    expect(rules.filter((rule) => !breaches.some((breach) => breach.rule === rule))).toEqual([])
  })

  it('let a large domain split by concept', () => {
    expect(
      violations(domainShape, {
        [`${monitoring}/windows/model/window.ts`]: '',
        [`${monitoring}/windows/store/rows.ts`]: '',
      }),
    ).toEqual([])
  })

  it('do not call types that meet in a circle a cycle', () => {
    const files = {
      'base/kernel/a.ts': `import type { B } from './b.ts'\n`,
      'base/kernel/b.ts': `import './a.ts'\nexport type B = 1\n`,
    }
    expect(violations(cycles, files)).toEqual([])
  })

  it('say which file does not parse', () => {
    expect(() => readTree(aTreeToRemove({ 'base/kernel/a.ts': 'const =' }))).toThrow('base/kernel/a.ts does not parse')
  })
})

describe('the migration lock', () => {
  const path = `${monitoring}/store/migrations/0001-create.ts`
  const check = (root: string) => migrationsLock.check(readTree(root)).map(({ at, says }) => `${at} ${says}`)
  const landed = (root: string) => parseLock(readFileSync(join(root, lockPath), 'utf8'))

  it('bites when a locked migration changes by one byte', () => {
    const root = workspaceWith({})
    writeFileSync(join(root, path), `${readFileSync(join(root, path), 'utf8')} `)
    expect(check(root)).toEqual([expect.stringContaining(`${path} is locked and was changed`)])
  })

  it('bites when one is removed or renamed', () => {
    const root = workspaceWith({})
    rmSync(join(root, path))
    expect(check(root)).toEqual([expect.stringContaining(`${path} is locked and is gone`)])
  })

  it('bites when a new one is not locked', () => {
    const root = workspaceWith({})
    put(root, `${monitoring}/store/migrations/0002-add.ts`, migration('monitoring_b'))
    expect(check(root)).toEqual([expect.stringContaining('0002-add.ts is not locked yet')])
  })

  it('refuses to take a change to one that has landed', () => {
    const root = workspaceWith({})
    const before = landed(root)
    put(root, path, migration('monitoring_c'))
    expect(() => lockMigrations(root, before)).toThrow('is locked and was changed')
    expect(landed(root)).toEqual(before)
  })

  it('takes a change to one that has not landed', () => {
    const root = workspaceWith({})
    put(root, path, migration('monitoring_c'))
    expect(lockMigrations(root, {})).toEqual([path])
    expect(check(root)).toEqual([])
  })
})

describe('the linter', () => {
  const top = fileURLToPath(new URL('..', import.meta.url))
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `  // ${index}`).join('\n')
  const lint = (name: string, text: string) => {
    const root = aTreeToRemove({
      [name]: text,
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "jsx": "react-jsx" } }',
    })
    const ran = spawnSync(join(top, 'node_modules/.bin/oxlint'), ['-c', join(top, '.oxlintrc.json'), root], {
      encoding: 'utf8',
    })
    return ran.stdout
  }

  it.each([
    ['a function of 61 lines', 'a.ts', `export function a() {\n${lines(59)}\n}\n`, 'max-lines-per-function'],
    ['a component of 121 lines', 'a.tsx', `export function A() {\n${lines(119)}\n}\n`, 'max-lines-per-function'],
    ['a file of 301 lines', 'a.ts', `export const z = 1\n${lines(301)}\n`, 'max-lines'],
    ['a contract of 401 lines', 'contract.ts', `export const z = 1\n${lines(401)}\n`, 'max-lines'],
    [
      'eleven ways through a function',
      'a.ts',
      `export const a = (n: number) => {\n${Array.from({ length: 10 }, (_, i) => `  if (n === ${i}) return ${i}`).join('\n')}\n  return n\n}\n`,
      'complexity',
    ],
    ['any', 'a.ts', 'export const a = (b: any) => String(b)\n', 'no-explicit-any'],
    ['!', 'a.ts', 'export const a = (b?: string) => b!\n', 'no-non-null-assertion'],
    [
      'a promise that nobody waits for',
      'a.ts',
      'export function a() {\n  Promise.resolve(1)\n}\n',
      'no-floating-promises',
    ],
    [
      'a switch that forgets a case',
      'a.ts',
      `export function a(b: 'x' | 'y') {\n  switch (b) {\n    case 'x':\n      return 1\n  }\n  return 2\n}\n`,
      'switch-exhaustiveness-check',
    ],
  ])('refuses %s', (_, name, text, rule) => {
    expect(lint(name, text)).toContain(rule)
  })

  it('accepts 60 lines, 120 in a component, 300 in a file', () => {
    expect(lint('a.ts', `export function a() {\n${lines(58)}\n}\n`)).toContain('Found 0 warnings and 0 errors')
    expect(lint('a.tsx', `export function A() {\n${lines(118)}\n}\n`)).toContain('Found 0 warnings and 0 errors')
    expect(lint('a.ts', `export const z = 1\n${lines(299)}\n`)).toContain('Found 0 warnings and 0 errors')
  })
})

function aTreeToRemove(files: Files): string {
  const root = aTree(files)
  roots.push(root)
  return root
}

function put(root: string, path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
