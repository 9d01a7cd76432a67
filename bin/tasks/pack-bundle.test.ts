import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bundle } from './pack-bundle.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

function aWorkspace(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'millrace-pack-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  mkdirSync(join(root, 'apps/cli/node_modules/@millrace'), { recursive: true })
  symlinkSync(join(root, 'base/kernel'), join(root, 'apps/cli/node_modules/@millrace/kernel'))
  return root
}

const files = {
  'package.json': '{}',
  'apps/cli/package.json': '{ "type": "module", "dependencies": { "commander": "1" } }',
  'apps/cli/main.ts': `import { answer } from '@millrace/kernel'
const pages: URL = new URL('../web/dist/', import.meta.url)
console.log(await answer(), (await import('node:fs')).readFileSync(new URL('index.html', pages), 'utf8'))
export const far = () => import('commander')
`,
  'apps/web/dist/index.html': '<p>',
  'base/kernel/package.json':
    '{ "type": "module", "exports": { ".": "./kernel.ts" }, "dependencies": { "yaml": "2" } }',
  'base/kernel/kernel.ts': `import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
export const answer = () => Promise.resolve(execFileSync(process.execPath, [fileURLToPath(new URL('./process/child.ts', import.meta.url))], { encoding: 'utf8' }))
export const where = () => import.meta.resolve('yaml')
`,
  'base/kernel/process/child.ts': `import { six } from '../six.ts'\nprocess.stdout.write(String(six as number * 7))\n`,
  'base/kernel/six.ts': 'export const six: number = 6\n',
}

describe('bundling for npm', () => {
  it('makes JavaScript that finds its child processes and pages, and says which npm packages it needs', async () => {
    const root = aWorkspace(files)
    const { imported, beside } = await bundle(root, ['apps/cli/main.ts'], join(root, 'out'))
    expect([...imported.keys()].toSorted()).toEqual(['commander', 'yaml'])
    expect([...beside]).toEqual(['apps/web/dist'])
    mkdirSync(join(root, 'out/apps/web/dist'), { recursive: true })
    writeFileSync(join(root, 'out/apps/web/dist/index.html'), '<p>')
    writeFileSync(join(root, 'out/package.json'), '{ "type": "module" }')
    expect(execFileSync(process.execPath, [join(root, 'out/apps/cli/main.js')], { encoding: 'utf8' })).toBe('42 <p>\n')
    expect(readFileSync(join(root, 'out/apps/cli/main.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  it('refuses code that would not find its own folder any more', async () => {
    const root = aWorkspace({ ...files, 'base/kernel/six.ts': 'export const six = import.meta.dirname\n' })
    await expect(bundle(root, ['apps/cli/main.ts'], join(root, 'out'))).rejects.toThrow(
      'six.ts uses import.meta.dirname',
    )
  })

  it('leaves code that is read as text as it is, beside the code that reads it', async () => {
    const root = aWorkspace({
      ...files,
      'base/kernel/six.ts': `import { readFileSync } from 'node:fs'
export const six: string = readFileSync(new URL('./process/child.ts', import.meta.url), 'utf8')\n`,
      'base/kernel/kernel.ts': `import { six } from './six.ts'\nexport const answer = async () => six.length\n`,
    })
    const { beside } = await bundle(root, ['apps/cli/main.ts'], join(root, 'out'), ['base/kernel/process/child.ts'])
    expect([...beside].toSorted()).toEqual(['apps/web/dist', 'base/kernel/process/child.ts'])
    expect(readFileSync(join(root, 'out/apps/cli/main.js'), 'utf8')).toContain('base/kernel/process/child.ts')
  })

  it('refuses a neighbour that is not there', async () => {
    const root = aWorkspace({
      ...files,
      'base/kernel/six.ts': `export const six = new URL('./gone.ts', import.meta.url)\n`,
    })
    await expect(bundle(root, ['apps/cli/main.ts'], join(root, 'out'))).rejects.toThrow('six.ts names ./gone.ts')
  })
})
