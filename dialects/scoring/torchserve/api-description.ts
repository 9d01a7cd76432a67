const problem = {
  description: 'What is wrong',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}
const ok = (description: string) => ({ description, content: { 'application/json': { schema: {} } } })
const inPath = (name: string) => ({ in: 'path', name, required: true, schema: { type: 'string' } })
const inQuery = (name: string, type = 'string') => ({ in: 'query', name, required: false, schema: { type } })

const components = {
  schemas: {
    Error: {
      type: 'object',
      required: ['code', 'type', 'message'],
      properties: { code: { type: 'integer' }, type: { type: 'string' }, message: { type: 'string' } },
    },
  },
}

function document(title: string, paths: object): object {
  return { openapi: '3.0.1', info: { title, version: '0.12.0' }, paths, components }
}

/** OpenAPI of the inference API, with the models that are served. */
export function inferenceDescription(names: readonly string[]): object {
  const predict = (parameters: readonly object[], model: string) => ({
    post: {
      description: `Predictions of ${model}.`,
      operationId: `predictions_${model}`,
      parameters,
      requestBody: { content: { '*/*': { schema: { type: 'string', format: 'binary' } } }, required: true },
      responses: { 200: ok('The handler’s answer'), 400: problem, 404: problem, 503: problem },
    },
  })
  const own = Object.fromEntries(names.map((name) => [`/predictions/${name}`, predict([], name)]))
  return document('TorchServe APIs', {
    '/': { options: { operationId: 'apiDescription', parameters: [], responses: { 200: ok('This description') } } },
    '/ping': { get: { operationId: 'ping', parameters: [], responses: { 200: ok('Healthy'), 503: problem } } },
    '/predictions/{model_name}': predict([inPath('model_name')], 'any model'),
    '/predictions/{model_name}/{model_version}': predict([inPath('model_name'), inPath('model_version')], 'a version'),
    ...own,
  })
}

/** OpenAPI of the management API. */
export function managementDescription(): object {
  const name = [inPath('model_name')]
  const version = [...name, inPath('model_version')]
  const scale = [inQuery('min_worker', 'integer'), inQuery('max_worker', 'integer'), inQuery('synchronous', 'boolean')]
  const operation = (operationId: string, parameters: readonly object[], description: string) => ({
    operationId,
    parameters,
    responses: { 200: ok(description), 400: problem, 404: problem },
  })
  const register = [
    'url',
    'model_name',
    'handler',
    'runtime',
    'batch_size',
    'max_batch_delay',
    'initial_workers',
    'synchronous',
    'response_timeout',
  ]
  const one = (parameters: readonly object[], suffix: string) => ({
    get: operation(`describe${suffix}`, parameters, 'The model’s versions and workers'),
    put: operation(`setWorkers${suffix}`, [...parameters, ...scale], 'Scaled'),
    delete: operation(`unregister${suffix}`, parameters, 'Unregistered'),
  })
  return document('TorchServe APIs', {
    '/models': {
      get: operation('listModels', [inQuery('limit', 'integer'), inQuery('next_page_token')], 'Names and addresses'),
      post: operation(
        'registerModel',
        register.map((one) => inQuery(one)),
        'Registered',
      ),
    },
    '/models/{model_name}': one(name, 'Model'),
    '/models/{model_name}/{model_version}': one(version, 'Version'),
    '/models/{model_name}/{model_version}/set-default': { put: operation('setDefault', version, 'The default is set') },
  })
}
