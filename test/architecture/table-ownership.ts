import { layerOf, memberOf } from './places.ts'
import type { LiteralCall } from './parse-source.ts'
import { at, type Rule, type Violation } from './rule.ts'
import type { SourceFile } from './source-tree.ts'

const schemaWords = ['createTable', 'alterTable', 'dropTable', 'createView', 'on', 'references']
const statementWords = [
  'selectFrom',
  'insertInto',
  'updateTable',
  'deleteFrom',
  'replaceInto',
  'mergeInto',
  'from',
  'using',
]
const joinWords = ['innerJoin', 'leftJoin', 'rightJoin', 'fullJoin', 'crossJoin']
const namesTable = new Set([...schemaWords, ...statementWords, ...joinWords])
const foreignKeys = new Set(['references', 'addForeignKeyConstraint'])
const rawTables =
  /\b(?:create\s+(?:table|view)(?:\s+if\s+not\s+exists)?|alter\s+table|drop\s+table|insert\s+into|delete\s+from|update|from|join|references)\s+"?([a-z_][a-z0-9_]*)"?/gi
const builtIn =
  /^(sqlite_|pg_|information_schema|json_each|json_tree|jsonb_|unnest|generate_series|excluded|set|select|lateral)/i

/** A table belongs to one domain, by its prefix; no other domain joins, writes or references it. */
export const tableOwnership: Rule = {
  name: 'keeps every table inside its domain',
  check: (tree) =>
    tree.sources
      .filter((file) => !file.isTest && usesSql(file))
      .flatMap((file) => {
        if (layerOf(file.path) === 'dialects')
          return [{ at: file.path, says: 'imports kysely, but a dialect owns no table; use or extend a domain.' }]
        return layerOf(file.path) === 'domains' ? foreignTables(file) : []
      }),
}

const usesSql = (file: SourceFile) =>
  file.imports.some((site) => site.specifier === 'kysely') || /\/store\//.test(file.path)

function foreignTables(file: SourceFile): Violation[] {
  const prefix = `${memberOf(file.path).replaceAll('-', '_')}_`
  const local = new Set(file.literalCalls.filter(namesLocalTable).map((call) => plainName(call.value)))
  const isForeign = (table: string) => !table.startsWith(prefix) && !builtIn.test(table) && !local.has(table)
  const built = file.literalCalls.flatMap((call) =>
    tablesOf(call)
      .filter(isForeign)
      .map((table) => judge(file, call.line, table, prefix, foreignKeys.has(call.name))),
  )
  const raw = file.sqlTexts.flatMap(({ name, line }) =>
    [...name.matchAll(rawTables)].flatMap(([statement, table = '']) => {
      return isForeign(table) ? [judge(file, line, table, prefix, /^references/i.test(statement))] : []
    }),
  )
  return [...built, ...raw]
}

function judge(file: SourceFile, line: number, table: string, prefix: string, isForeignKey: boolean): Violation {
  const says = isForeignKey
    ? `references ${table}, another domain's table; keep the id and ask that domain by its door.`
    : `names the table ${table}; this domain's tables begin with ${prefix}, and it uses no other's.`
  return { at: at(file.path, line), says }
}

const namesLocalTable = (call: LiteralCall) => ['with', 'withRecursive', 'as'].includes(call.name)

function tablesOf(call: LiteralCall): string[] {
  if (call.name === 'addForeignKeyConstraint') return call.literals.slice(1).map(plainName)
  // `on` and `using` also join on columns: `.on('a.id', '=', 'b.id')`. Only `createIndex().on('table')` has one argument.
  if ((call.name === 'on' || call.name === 'using') && call.literals.length > 1) return []
  if (namesTable.has(call.name)) return [plainName(call.value)]
  return []
}

/** `runs` of `runs as r`, `runs.id`, `main.runs`, `walk(id, depth)`. */
const plainName = (text: string) =>
  (text.split(/\s+as\s+/i)[0] ?? '')
    .replace(/\(.*$/s, '')
    .replace(/\.[^.]*$/, '')
    .trim()
