import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { domainTemplate } from './domain-template.ts'
import { root } from './root.ts'
import { runCommand, tool } from './run-command.ts'
import { sayStep } from './say-step.ts'

const orderPath = join(root, 'test/architecture/domain-order.json')

const { values, positionals } = parseArgs({ options: { after: { type: 'string' } }, allowPositionals: true })
const [name] = positionals
if (name === undefined || !/^[a-z]+(-[a-z]+)*$/.test(name))
  refuse('needs a name in kebab case, such as label-requests.')
const folder = join(root, 'domains', name)
if (existsSync(folder)) refuse(`finds domains/${name} there already.`)
takePlace(name, values.after)

for (const [path, text] of Object.entries(domainTemplate(name))) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
await runCommand(tool('oxfmt'), [join('domains', name)])
sayStep('domain', `wrote domains/${name}: one noun from contract to test, to rename and grow`)
const installed = await runCommand('pnpm', ['install'])
if (installed.exitCode !== 0) refuse(`wrote the domain, but pnpm install failed:\n${installed.said}`)
sayStep('packages', 'linked')
sayStep('next', `list it in apps/server, then: bin/test domains/${name} && bin/new-migration --lock`)

/** Writes the domain into the order that says who may use whom. */
function takePlace(domain: string, after: string | undefined) {
  const order: unknown = JSON.parse(readFileSync(orderPath, 'utf8'))
  if (!Array.isArray(order)) return
  const place = order.indexOf(after)
  if (order.includes(domain)) return
  if (place === -1) refuse(`needs --after one of ${order.join(', ')}.`)
  writeFileSync(orderPath, `${JSON.stringify(order.toSpliced(place + 1, 0, domain), null, 2)}\n`)
}

function refuse(sentence: string): never {
  console.error(`bin/new-domain ${sentence}`)
  process.exit(1)
}
