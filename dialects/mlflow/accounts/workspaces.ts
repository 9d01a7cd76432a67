import { changeWorkspace, createWorkspace, deleteWorkspace, listWorkspaces, readWorkspace } from '@millrace/access'
import type { Workspace } from '@millrace/access/contract'
import { WorkspaceName } from '@millrace/access/contract'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { optionalText, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'

const reserved = new Set(['workspaces', 'api', 'ajax-api', 'static-files'])
const modes = ['RESTRICT', 'CASCADE', 'SET_DEFAULT']

/** `workspaces…` of version 3. A server that was not told to have workspaces says so. */
export const workspaceRoutes: readonly Route[] = [
  route('GET', 'workspaces', list, { since: 3 }),
  route('POST', 'workspaces', create, { since: 3, status: 201 }),
  route('GET', 'workspaces/{workspace_name}', read, { since: 3 }),
  route('PATCH', 'workspaces/{workspace_name}', update, { since: 3 }),
  route('DELETE', 'workspaces/{workspace_name}', remove, { since: 3, status: 204 }),
]

function workspaceMessage({ name, description, artifactRoot }: Workspace) {
  return { name, description, default_artifact_root: artifactRoot ?? undefined }
}

/** Requests about workspaces are the server's own: they lie in none. */
const ofServer = ({ context }: Call) => ({ ...context, workspace: 'default' })

async function list(call: Call) {
  requireEnabled(call)
  const { items } = await call.runtime.runner.ask(listWorkspaces, {}, ofServer(call))
  return { workspaces: items.map(workspaceMessage) }
}

async function create(call: Call) {
  requireEnabled(call)
  const { runtime, message } = call
  const name = text(message, 'name')
  if (name === 'default') throw invalid("The 'default' workspace is reserved and cannot be created")
  requireName(name)
  const artifactRoot = optionalText(message, 'default_artifact_root') ?? ''
  const input = {
    name,
    description: optionalText(message, 'description') ?? '',
    artifactRoot: artifactRoot === '' ? null : artifactRoot,
  }
  return { workspace: workspaceMessage(await runtime.runner.act(createWorkspace, input, ofServer(call))) }
}

async function read(call: Call) {
  requireEnabled(call)
  const { runtime, context, message } = call
  const workspace = text(message, 'workspace_name')
  return { workspace: workspaceMessage(await runtime.runner.ask(readWorkspace, {}, { ...context, workspace })) }
}

async function update(call: Call) {
  requireEnabled(call)
  const { runtime, message } = call
  const [description, artifactRoot] = [
    optionalText(message, 'description'),
    optionalText(message, 'default_artifact_root'),
  ]
  if (description === undefined && artifactRoot === undefined)
    throw invalid('Workspace update must have at least one key')
  const changes = {
    name: text(message, 'workspace_name'),
    ...(description === undefined ? {} : { description }),
    ...(artifactRoot === undefined ? {} : { artifactRoot: artifactRoot === '' ? null : artifactRoot }),
  }
  return { workspace: workspaceMessage(await runtime.runner.act(changeWorkspace, changes, ofServer(call))) }
}

async function remove(call: Call) {
  requireEnabled(call)
  const { runtime, message, request } = call
  const name = text(message, 'workspace_name')
  if (name === 'default') throw invalid("The 'default' workspace is reserved and cannot be deleted")
  requireName(name)
  const mode = new URL(request.url, 'http://server.invalid').searchParams.get('mode') ?? 'RESTRICT'
  if (!modes.includes(mode)) throw invalid(`Invalid deletion mode '${mode}'. Must be one of: ${modes.join(', ')}`)
  if (mode !== 'RESTRICT')
    throw new MlflowError('NOT_IMPLEMENTED', `Workspace deletion with mode ${mode} is not supported; empty it first.`)
  await runtime.runner.act(deleteWorkspace, { name }, ofServer(call))
  return {}
}

function requireEnabled({ runtime, request }: Call): void {
  if (runtime.config.enableWorkspaces) return
  throw new MlflowError(
    'TEMPORARILY_UNAVAILABLE',
    `Endpoint: ${request.url.split('?')[0] ?? ''} disabled because the server is running without workspaces support. To enable workspace, run \`millrace server\` with \`--enable-workspaces\``,
  )
}

function requireName(name: string): void {
  if (reserved.has(name)) throw invalid(`Workspace name '${name}' is reserved and cannot be used.`)
  if (!WorkspaceName.safeParse(name).success)
    throw invalid(
      `Workspace name '${name.slice(0, 100)}' must match the pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$ and have 2 to 63 characters.`,
    )
}
