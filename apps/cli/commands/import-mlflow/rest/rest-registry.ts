import type { SourceModel, SourceVersion } from '../source.ts'
import { textOf, textOrNull, timeOf } from '../words.ts'
import type { Message, RestClient } from './rest-client.ts'
import { listOf, pairsOf } from './rest-client.ts'

/** MLflow's searches leave prompts out unless they are asked for. */
const filters = ['', "tags.`mlflow.prompt.is_prompt` = 'true'"]

/** Registered models, then prompts, each whole. */
export async function* readModels(client: RestClient): AsyncGenerator<SourceModel> {
  for (const filter of filters) {
    const page = (token: string) =>
      client.get('/api/2.0/mlflow/registered-models/search', [
        ['max_results', '200'],
        ...(filter === '' ? [] : [['filter', filter] as const]),
        ...(token === '' ? [] : [['page_token', token] as const]),
      ])
    for await (const message of client.list('registered_models', page)) yield await wholeModel(client, message, filter)
  }
}

async function wholeModel(client: RestClient, message: Message, filter: string): Promise<SourceModel> {
  const name = textOf(message['name'])
  const quoted = `name = '${name.replaceAll("'", String.raw`\'`)}'${filter === '' ? '' : ` AND ${filter}`}`
  const page = (token: string) =>
    client.get('/api/2.0/mlflow/model-versions/search', [
      ['filter', quoted],
      ['max_results', '1000'],
      ...(token === '' ? [] : [['page_token', token] as const]),
    ])
  const versions: SourceVersion[] = []
  for await (const version of client.list('model_versions', page)) versions.push(await versionOf(client, version))
  const sorted = versions.toSorted((a, b) => a.version - b.version)
  const aliases = listOf(message['aliases']).map(({ alias, version }) => [textOf(alias), Number(version)])
  const createdAtMs = timeOf(message['creation_timestamp']) ?? 0
  return {
    name,
    createdAtMs,
    updatedAtMs: timeOf(message['last_updated_timestamp']) ?? createdAtMs,
    description: textOf(message['description']),
    tags: pairsOf(message['tags']),
    aliases: Object.fromEntries(aliases) as Record<string, number>, // pairs of a text and a number, made above
    lastVersion: sorted.at(-1)?.version ?? 0,
    versions: sorted,
  }
}

async function versionOf(client: RestClient, message: Message): Promise<SourceVersion> {
  const createdAtMs = timeOf(message['creation_timestamp']) ?? 0
  const [name, version] = [textOf(message['name']), textOf(message['version'])]
  const { artifact_uri: uri } = await client.get('/api/2.0/mlflow/model-versions/get-download-uri', [
    ['name', name],
    ['version', version],
  ])
  return {
    version: Number(version),
    createdAtMs,
    updatedAtMs: timeOf(message['last_updated_timestamp']) ?? createdAtMs,
    description: textOf(message['description']),
    user: textOf(message['user_id']),
    stage: textOf(message['current_stage'] ?? 'None'),
    source: textOf(message['source']),
    storageLocation: textOrNull(uri),
    runId: textOrNull(message['run_id']),
    modelId: textOrNull(message['model_id']),
    runLink: textOf(message['run_link']),
    status: textOf(message['status'] ?? 'READY'),
    tags: pairsOf(message['tags']),
  }
}
