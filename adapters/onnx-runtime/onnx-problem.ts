import { problems } from '@millrace/contract'

/** Why a file cannot be served as an ONNX model. */
export const onnxProblem = problems('onnx-runtime', {
  unreadable: {
    status: 422,
    say: (p: { reason: string }) =>
      `The file is no ONNX model that this runtime can load: ${p.reason}. Export it again, with an operator set up to 23, as one file.`,
  },
  unsupported: {
    status: 422,
    say: (p: { name: string; reason: string }) =>
      `The model's "${p.name}" cannot be served: ${p.reason}. Export the model so that it gives tensors (for scikit-learn: zipmap off).`,
  },
})
