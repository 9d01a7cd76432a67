import {
  type CallExpression,
  type EcmaScriptModule,
  type Node,
  parseSync,
  type Program,
  type VariableDeclarator,
  Visitor,
} from 'oxc-parser'

/** What the rules need to know of one TypeScript file. */
export interface ParsedSource {
  readonly imports: readonly ImportSite[]
  /** True when the file does nothing but pass on what other files export. */
  readonly onlyPassesOn: boolean
  /** Calls whose target has a plain name: `fetch`, `Date.now`, `new Date` (only without arguments). */
  readonly calls: readonly Named[]
  /** Methods of values (not of classes) called with a literal: `db.createTable('runs')` is `{ name: 'createTable', value: 'runs' }`. */
  readonly literalCalls: readonly LiteralCall[]
  /** The fixed text of templates tagged `sql`. */
  readonly sqlTexts: readonly Named[]
  /** What the bodies given to `action(…)` and `ingest(…)` wait for besides their own context, as written. */
  readonly foreignAwaits: readonly Named[]
}

export interface Named {
  readonly name: string
  readonly line: number
}

export interface LiteralCall extends Named {
  readonly value: string
  /** All literal strings among the arguments. */
  readonly literals: readonly string[]
}

export interface ImportSite {
  readonly specifier: string
  readonly line: number
  /** Erased before the program runs. */
  readonly typeOnly: boolean
}

/** Parses one file. Throws with the parser's sentence when the text is no TypeScript. */
export function parseSource(path: string, text: string): ParsedSource {
  const parsed = parseSync(path, text)
  const [error] = parsed.errors
  if (error) throw new Error(`${path} does not parse: ${error.message}`)
  const lineAt = lineCounter(text)
  const { typeImports, ...found } = collect(parsed.program, text, lineAt)
  const imports = [...typeImports, ...moduleImports(parsed.module, text, lineAt)]
  return { imports, ...found, onlyPassesOn: onlyPassesOn(parsed.program.body) }
}

function moduleImports(module: EcmaScriptModule, text: string, lineAt: LineAt): ImportSite[] {
  const imported = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    line: lineAt(start),
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }))
  const passedOn = module.staticExports.flatMap(({ entries, start }) => {
    const specifier = entries.find((entry) => entry.moduleRequest)?.moduleRequest?.value
    const typeOnly = entries.every((entry) => entry.isType)
    return specifier === undefined ? [] : [{ specifier, line: lineAt(start), typeOnly }]
  })
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    const specifier = /^(['"`])(.*)\1$/s.exec(text.slice(start, end))?.[2]
    return specifier === undefined ? [] : [{ specifier, line: lineAt(start), typeOnly: false }]
  })
  return [...imported, ...passedOn, ...dynamic]
}

function onlyPassesOn(body: readonly Node[]): boolean {
  const passesOn = (node: Node) =>
    node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source !== null)
  return body.length > 0 && body.every(passesOn)
}

type LineAt = (offset: number) => number

function lineCounter(text: string): LineAt {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    const after = starts.findIndex((start) => start > offset)
    return after === -1 ? starts.length : after
  }
}

interface Collected extends Omit<ParsedSource, 'imports' | 'onlyPassesOn'> {
  readonly typeImports: ImportSite[]
}

function collect(program: Program, text: string, lineAt: LineAt): Collected {
  const typeImports: ImportSite[] = []
  const calls: Named[] = []
  const literalCalls: LiteralCall[] = []
  const sqlTexts: Named[] = []
  const foreignAwaits: Named[] = []
  const bodies = new ActionBodies()
  new Visitor({
    TSImportType(node) {
      if (node.source.type === 'Literal')
        typeImports.push({ specifier: node.source.value, line: lineAt(node.start), typeOnly: true })
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.arguments.length === 0)
        calls.push({ name: `new ${node.callee.name}`, line: lineAt(node.start) })
    },
    TaggedTemplateExpression(node) {
      if (node.tag.type !== 'Identifier' || node.tag.name !== 'sql') return
      sqlTexts.push({ name: node.quasi.quasis.map((quasi) => quasi.value.raw).join(' ? '), line: lineAt(node.start) })
    },
    AwaitExpression(node) {
      if (bodies.isForeign(node.argument))
        foreignAwaits.push({ name: text.slice(node.start, node.end).split('\n')[0] ?? '', line: lineAt(node.start) })
    },
    VariableDeclarator(node) {
      bodies.declare(node)
    },
    CallExpression(node) {
      bodies.enter(node)
      const line = lineAt(node.start)
      const name = calledName(node.callee)
      if (name !== undefined) calls.push({ name, line })
      const literals = node.arguments.map(literalString).filter((value) => value !== undefined)
      const value = literalString(node.arguments[0])
      if (value !== undefined && name !== undefined && !/^[A-Z]/.test(name))
        literalCalls.push({ name: methodOf(name), value, literals, line })
    },
    'CallExpression:exit'(node) {
      bodies.leave(node)
    },
  }).visit(program)
  return { typeImports, calls, literalCalls, sqlTexts, foreignAwaits }
}

/** `fetch`, `Date.now`; for a longer chain its last method behind a `…`. */
function calledName(callee: Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || callee.computed) return undefined
  return callee.object.type === 'Identifier'
    ? `${callee.object.name}.${callee.property.name}`
    : `….${callee.property.name}`
}

const methodOf = (name: string) => name.slice(name.lastIndexOf('.') + 1)

function literalString(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** Follows which `action(…)` or `ingest(…)` body the visitor stands in, and through what it reaches its store. */
class ActionBodies {
  readonly #open: { call: Node; given: Set<string> }[] = []

  enter(node: CallExpression) {
    if (node.callee.type !== 'Identifier' || !['action', 'ingest'].includes(node.callee.name)) return
    for (const argument of node.arguments) {
      if (argument.type !== 'ArrowFunctionExpression' && argument.type !== 'FunctionExpression') continue
      this.#open.push({ call: node, given: new Set(argument.params.flatMap(boundNames)) })
    }
  }

  /** `const { store } = context` and `const rows = store.rows` reach the store as well. */
  declare({ id, init }: VariableDeclarator) {
    const root = init && rootName(init)
    const given = this.#open.at(-1)?.given
    if (typeof root === 'string' && given?.has(root)) for (const name of boundNames(id)) given.add(name)
  }

  leave(node: Node) {
    while (this.#open.at(-1)?.call === node) this.#open.pop()
  }

  /** True for an awaited expression that neither starts from the store and its kin nor is handed them. */
  isForeign(awaited: Node): boolean {
    const body = this.#open.at(-1)
    if (!body) return false
    const root = rootName(awaited)
    if (root === 'Promise' || (root !== undefined && body.given.has(root))) return false
    return !(awaited.type === 'CallExpression' && awaited.arguments.some((argument) => mentions(argument, body.given)))
  }
}

// What a body is given besides the ways to its store; plain values that may well be handed to something foreign.
const values = new Set(['input', 'actor', 'workspace', 'nowMs', 'newId', 'newHexId'])

function boundNames(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  if (pattern.type !== 'ObjectPattern') return []
  return pattern.properties.flatMap((property) => {
    if (property.type !== 'Property') return boundNames(property.argument)
    return property.key.type === 'Identifier' && values.has(property.key.name) ? [] : boundNames(property.value)
  })
}

function rootName(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'CallExpression') return rootName(node.callee)
  if (node.type === 'MemberExpression') return rootName(node.object)
  return undefined
}

function mentions(node: Node, names: ReadonlySet<string>): boolean {
  const root = rootName(node)
  if (root !== undefined) return names.has(root)
  if (node.type !== 'ObjectExpression') return false
  return node.properties.some((property) =>
    mentions(property.type === 'Property' ? property.value : property.argument, names),
  )
}
