import { open } from 'node:fs/promises'
import { access, constants } from 'node:fs/promises'
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import type { Package, PythonState } from '../../../contract.ts'
import { Package as PackageSchema } from '../../../contract.ts'
import { outputOf } from './run-program.ts'

/** Tells of an interpreter without a package of its own; the folder it is started in must not stand before the library. */
const program = `
import sys
sys.path[:] = [p for p in sys.path if p]
import json, platform
from importlib import metadata
seen, found = set(), []
for d in metadata.distributions():
    name = d.metadata["Name"] if d.metadata else None
    key = (name or "").lower().replace("_", "-").replace(".", "-")
    if not name or key in seen:
        continue
    seen.add(key)
    source = None
    try:
        direct = json.loads(d.read_text("direct_url.json") or "null")
    except ValueError:
        direct = None
    if direct:
        vcs = direct.get("vcs_info")
        source = direct["url"]
        if vcs:
            source = vcs["vcs"] + "+" + source + "@" + vcs["commit_id"]
        if direct.get("dir_info", {}).get("editable"):
            source = "editable " + source
    found.append({"name": name, "version": d.version or "", "source": source})
found.sort(key=lambda p: p["name"].lower())
print(json.dumps({"version": platform.python_version(), "implementation": platform.python_implementation(),
    "executable": sys.executable, "packages": found}))
`

const Told = z.object({
  version: z.string(),
  implementation: z.string(),
  executable: z.string(),
  packages: z.array(PackageSchema),
})

const isPython = (name: string) => /^(python|pypy)[\d.]*$/.test(basename(name).replace(/\.exe$/, ''))

/** Reads the Python environment that a command runs in; null for a command that is no Python. */
export async function capturePython(
  command: readonly string[],
  place: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<PythonState | null> {
  const interpreter = await interpreterOf(command, place)
  return interpreter === undefined ? null : askPython(interpreter, place)
}

/** What an interpreter says of itself; null when it does not answer. */
export async function askPython(
  interpreter: string,
  place: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<PythonState | null> {
  const answer = await outputOf(interpreter, ['-c', program], place)
  if (answer === undefined) return null
  const told = Told.safeParse(JSON.parse(answer.text))
  return told.success ? { ...told.data, complete: true } : null
}

async function interpreterOf(
  [name = '']: readonly string[],
  place: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  if (isPython(name)) return name
  const path = await findProgram(name, place)
  if (path === undefined) return undefined
  const words = (await firstLine(path)).replace(/^#!/, '').trim().split(/\s+/)
  return words.find(isPython)
}

/** The file that a command's first word means, as a shell would find it. */
export async function findProgram(
  name: string,
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  const places =
    name.includes('/') || isAbsolute(name)
      ? [resolve(cwd, name)]
      : (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name))
  for (const path of places) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    const text = buffer.toString('latin1', 0, bytesRead)
    return text.startsWith('#!') ? (text.split('\n')[0] ?? '') : ''
  } finally {
    await file.close()
  }
}

/** What pip takes: one pinned package a line, in the order given; pip itself is left out. */
export function requirementsText(packages: readonly Package[]): string {
  const lines = packages.filter(({ name }) => name.toLowerCase() !== 'pip').map(requirementOf)
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function requirementOf({ name, version, source }: Package): string {
  if (source === null) return `${name}==${version}`
  return source.startsWith('editable ') ? `-e ${source.slice('editable '.length)}` : `${name} @ ${source}`
}
