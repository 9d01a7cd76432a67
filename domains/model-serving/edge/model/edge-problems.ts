import { problems } from '@millrace/contract'

/** Every way exporting and building say no. */
export const edgeProblem = problems('model-export', {
  'output-in-use': {
    status: 409,
    say: (p: { path: string }) => `${p.path} is there and not empty. Name a new folder, or remove that one.`,
  },
  'bad-target': {
    status: 400,
    say: (p: { target: string }) => `"${p.target}" is no target. Take node, browser or docker.`,
  },
  'no-web-runtime': {
    status: 503,
    say: (p: { url: string; reason: string }) =>
      `onnxruntime-web could not be had from ${p.url} (${p.reason}). Download it elsewhere and name it with --runtime FILE.tgz.`,
  },
  'wrong-web-runtime': {
    status: 422,
    say: (p: { version: string }) =>
      `That file is not the npm package onnxruntime-web ${p.version}: its digest differs. Take it from the npm registry.`,
  },
  'no-quantizer': {
    status: 422,
    say: (p: { python: string; reason: string }) =>
      `${p.python} cannot quantise: ${p.reason}. Name one with --python after: pip install onnx onnxruntime.`,
  },
  'bad-base': {
    status: 422,
    say: (p: { path: string; reason: string }) =>
      `${p.path} is no OCI image layout to build on: ${p.reason}. Make one with: skopeo copy docker://gcr.io/distroless/nodejs24-debian12 oci:base`,
  },
})
