import { problems } from '@millrace/contract'

/** Why a file or folder is no model that can be served. */
export const formatProblem = problems('model-serving/format', {
  'no-model': {
    status: 422,
    say: (p: { name: string; reason: string }) =>
      `"${p.name}" is no model that can be served: ${p.reason}. Give an .onnx file, an MLflow folder, a pickle or joblib file, a .mar archive, a SavedModel, a JavaScript module, or a folder of Triton, MLServer, KServe or Seldon that points to one.`,
  },
  'not-here': {
    status: 422,
    say: (p: { name: string; uri: string }) =>
      `"${p.name}" points to ${p.uri}, which is not on this machine. Download it, and name the folder instead.`,
  },
  'no-python': {
    status: 422,
    say: (p: { name: string }) => `"${p.name}" is run by Python, which this server was built without.`,
  },
  unreadable: {
    status: 422,
    say: (p: { name: string; reason: string }) => `"${p.name}" cannot be read: ${p.reason}.`,
  },
})
