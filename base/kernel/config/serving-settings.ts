import { z } from 'zod'

const port = z.coerce.number().int().min(1).max(65_535).optional()
const flag = z.union([z.boolean(), z.stringbool()])

/** Settings about models that this server runs. */
export const servingSettings = {
  modelRepository: {
    schema: z.string().optional(),
    describe:
      'Folder whose models are served as endpoints of their names, without the registry: Triton, MLServer, TensorFlow Serving, MLflow, .mar, .onnx, …',
  },
  modelRepositoryPollSeconds: {
    schema: z.coerce.number().min(0).max(86_400).default(5),
    describe: 'How often the model repository is looked at for changes; 0: only when a protocol asks to load',
  },
  modelConfigFile: {
    schema: z.string().optional(),
    describe: 'TensorFlow Serving’s model_config_list, as protobuf text: more models by name and base_path',
  },
  serveModel: {
    schema: z.string().optional(),
    describe: 'What `millrace serve` serves: a file, a folder, models:/… or runs:/…; its routes are at the root too',
  },
  torchservePort: {
    schema: port,
    describe: 'One more port that speaks TorchServe’s inference API alone, as its clients expect it on 8080',
  },
  torchserveManagementPort: {
    schema: port,
    describe: 'One more port for TorchServe’s management API alone, as its clients expect it on 8081',
  },
  torchserveMetricsPort: {
    schema: port,
    describe: 'One more port for metrics by TorchServe’s names, as its clients expect them on 8082',
  },
  servingPython: {
    schema: z.string().default('python3'),
    describe:
      'Python interpreter for models that need one; where it lacks what a model requires, an environment is made with it',
  },
  trustModels: {
    schema: flag.default(false),
    describe: 'Run registered Python and JavaScript models outside the sandbox, as code of your own',
  },
} as const
