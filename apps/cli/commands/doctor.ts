import { availableParallelism, totalmem } from 'node:os'
import { statfs } from 'node:fs/promises'
import { loadConfig } from '@millrace/kernel'
import type { CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatBytes } from '@millrace/terminal'
import { version } from '../version.ts'

interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly says: string
}

/** `millrace doctor`: what this machine and the server look like, and what to do where something is wrong. */
export const doctor = command({
  path: ['doctor'],
  summary: 'Checks this machine and the server; exit status 1 when something needs attention',
  examples: ['millrace doctor', 'millrace doctor --json'],
  run: async (context) => {
    const findings = [node(), memory(), await disk(context), await server(context), await audit(context)]
    context.show(findings, findings, [
      { title: 'Check', value: (row) => row.what },
      { title: 'Fine', value: (row) => (row.ok ? 'yes' : 'no') },
      { title: 'Found', value: (row) => row.says },
    ])
    return findings.every((each) => each.ok) ? exitCodes.ok : exitCodes.no
  },
})

function node(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 24
  return {
    what: 'Node',
    ok,
    says: ok ? `${process.version}, Millrace ${version}` : `${process.version}; Millrace needs Node 24: run bin/setup`,
  }
}

function memory(): Finding {
  const ok = totalmem() > 1024 ** 3
  return { what: 'Machine', ok, says: `${availableParallelism()} cores, ${formatBytes(totalmem())} of memory` }
}

async function disk({ env }: CommandContext): Promise<Finding> {
  const { dataDir } = loadConfig({ argv: [], env, cwd: process.cwd() }).config
  const found = await statfs(dataDir).catch(() => undefined)
  if (found === undefined)
    return { what: 'Data directory', ok: true, says: `${dataDir} is not there yet; the first start makes it` }
  const freeBytes = found.bavail * found.bsize
  const ok = freeBytes > 1024 ** 3
  return {
    what: 'Data directory',
    ok,
    says: `${dataDir}, ${formatBytes(freeBytes)} free${ok ? '' : '; free some space'}`,
  }
}

async function server({ api }: CommandContext): Promise<Finding> {
  try {
    const me = await api.get<{ actor: { name: string }; roles: string[] }>('/me')
    return { what: 'Server', ok: true, says: `${api.url} answers; you are ${me.actor.name} (${me.roles.join(', ')})` }
  } catch (error) {
    return { what: 'Server', ok: false, says: error instanceof Error ? error.message : String(error) }
  }
}

async function audit({ api }: CommandContext): Promise<Finding> {
  try {
    const found = await api.get<{ ok: boolean; length: number }>('/audit/verification')
    return {
      what: 'Audit chain',
      ok: found.ok,
      says: found.ok ? `whole, ${found.length} records` : 'broken: run millrace audit verify',
    }
  } catch (error) {
    return { what: 'Audit chain', ok: false, says: error instanceof Error ? error.message : String(error) }
  }
}
